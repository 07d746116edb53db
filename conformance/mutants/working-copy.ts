import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type Mutant, mutate } from './mutant.ts'

/** The sources in a folder of their own, to be mutated there. */
export interface WorkingCopy {
  readonly root: string
  /** Runs `work` while the mutant is in the copy. */
  withMutant<T>(mutant: Mutant | undefined, work: () => Promise<T>): Promise<T>
  remove(): void
}

const leftOut = new Set(['node_modules', 'dist', 'results', 'generated'])

/** Copies what the tests need of the repository, whose root is the current folder. */
export function createWorkingCopy(): WorkingCopy {
  const root = mkdtempSync(join(tmpdir(), 'tenantry-mutants-'))
  for (const name of ['packages', 'examples', 'conformance', 'tools', 'package.json']) {
    cpSync(name, join(root, name), { recursive: true, filter: (path) => !leftOut.has(basename(path)) })
  }
  linkModules('node_modules', join(root, 'node_modules'))
  for (const folder of readdirSync('packages')) {
    const modules = join('packages', folder, 'node_modules')
    if (lstatSync(modules, { throwIfNoEntry: false })) linkModules(modules, join(root, modules))
  }
  return {
    root,
    async withMutant(mutant, work) {
      const mutated = mutant ? mutate(mutant, root) : new Map<string, string>()
      const originals = [...mutated.keys()].map((file) => [file, readFileSync(join(root, file))] as const)
      try {
        for (const [file, text] of mutated) writeFileSync(join(root, file), text)
        return await work()
      } finally {
        for (const [file, original] of originals) writeFileSync(join(root, file), original)
      }
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

// What npm linked is a package of this repository: the same relative link leads to the copy's own.
function linkModules(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) {
    const path = join(from, name)
    if (lstatSync(path).isSymbolicLink()) symlinkSync(readlinkSync(path), join(to, name))
    else if (name.startsWith('@')) linkModules(path, join(to, name))
    else symlinkSync(join(process.cwd(), path), join(to, name))
  }
}
