import { join } from 'node:path'
import { ConsoleFiles } from '../../packages/platform/src/control-plane/console/console-files.ts'

const folder = join(import.meta.dirname, '../../packages/console/dist')

/** What a browser is sent for the console's first load, compressed as the control plane does: the page and what it names, in bytes. */
export async function measureFirstLoad(): Promise<number> {
  const files = new ConsoleFiles(folder)
  const page = await files.page()
  if (!page) throw new Error('the console is not built')
  const paths = [...page.bytes.toString().matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path)
  const named = await Promise.all(
    paths.map(async (path) => {
      const file = await files.asset(path)
      if (!file) throw new Error(`the page names ${path}, which is not there`)
      return file
    }),
  )
  return [page, ...named].reduce(
    (sum, { bytes, encodings }) => sum + (encodings.get('br') ?? bytes).byteLength,
    0,
  )
}
