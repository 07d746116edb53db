import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

/** One file of the console's page, in the forms that it is sent in. */
export interface ConsoleFile {
  readonly type: string
  readonly bytes: Buffer
  /** Compressed, by content coding; the best first. None for what is compressed already. */
  readonly encodings: ReadonlyMap<string, Buffer>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}
const compressible = new Set(['.html', '.js', '.css', '.svg', '.json'])
const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }

/**
 * The built page, read into memory: `index.html` and what is in `assets`, by the path that it is asked for by. A request is looked up
 * among these and never becomes a path of the file system, so that none leads out of the folder.
 */
export class ConsoleFiles {
  readonly #folder: string | undefined
  #builtAtMs = 0
  #files: Promise<ReadonlyMap<string, ConsoleFile>> = Promise.resolve(new Map())

  constructor(folder: string | undefined) {
    this.#folder = folder
  }

  /** The page itself, as it was built last; `undefined` where it was not. */
  async page(): Promise<ConsoleFile | undefined> {
    if (this.#folder === undefined) return undefined
    const built = await stat(join(this.#folder, 'index.html')).catch(() => undefined)
    if (!built) return undefined
    if (built.mtimeMs !== this.#builtAtMs) {
      this.#builtAtMs = built.mtimeMs
      this.#files = readFiles(this.#folder)
      // Read half while it was being built: read again when it is asked for next.
      this.#files.catch(() => {
        this.#builtAtMs = 0
      })
    }
    return (await this.#files.catch(() => undefined))?.get('/')
  }

  /** The file of this path, such as `/assets/index-B2x4.js`. */
  async asset(path: string): Promise<ConsoleFile | undefined> {
    if (this.#builtAtMs === 0) await this.page()
    return (await this.#files.catch(() => undefined))?.get(path)
  }
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, ConsoleFile>> {
  const entries = await readdir(join(folder, 'assets'), { recursive: true, withFileTypes: true })
  const assets = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  const paths: [string, string][] = [
    ['/', join(folder, 'index.html')],
    ...assets.map((file): [string, string] => [`/${relative(folder, file).split(sep).join('/')}`, file]),
  ]
  return new Map(await Promise.all(paths.map(async ([path, file]) => [path, await readOne(file)] as const)))
}

async function readOne(file: string): Promise<ConsoleFile> {
  const bytes = await readFile(file)
  const extension = extname(file)
  const encodings = new Map<string, Buffer>()
  if (compressible.has(extension)) {
    encodings.set('br', await promisify(brotliCompress)(bytes, quality))
    encodings.set('gzip', await promisify(gzip)(bytes))
  }
  return { type: types[extension] ?? 'application/octet-stream', bytes, encodings }
}
