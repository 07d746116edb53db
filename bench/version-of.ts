import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The version of a package that is installed in the repository's `node_modules`, or in the bench's own. */
export function versionOf(name: string, { own = false } = {}): string {
  const modules = join(import.meta.dirname, own ? 'node_modules' : '../node_modules')
  const text = readFileSync(join(modules, name, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
