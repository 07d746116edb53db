import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One exact replacement in one source file. */
export interface Change {
  /** From the repository's root. */
  readonly file: string
  /** Is there exactly once. */
  readonly find: string
  readonly replace: string
}

/** A deliberate weakening, and the tests that have to notice it. */
export interface Mutant {
  /** The fact that becomes true, in plain words. */
  readonly name: string
  readonly changes: readonly Change[]
  /** Test files, from the repository's root. */
  readonly tests: readonly string[]
}

/** A weakening by one replacement, which one test file has to notice. */
export function mutant(name: string, file: string, find: string, replace: string, test: string): Mutant {
  return { name, changes: [{ file, find, replace }], tests: [test] }
}

/** A weakening of both sides that have to agree, so that everything goes on working. */
export function mutantOf(name: string, changes: readonly Change[], test: string): Mutant {
  return { name, changes, tests: [test] }
}

/**
 * The mutated text of each file that the mutant changes, read below `root`. Throws when a text is not found exactly once:
 * then the sources have gone on, and the mutant has to follow them.
 */
export function mutate({ name, changes }: Mutant, root: string): Map<string, string> {
  const texts = new Map<string, string>()
  for (const { file, find, replace } of changes) {
    const text = texts.get(file) ?? readFileSync(join(root, file), 'utf8')
    const times = text.split(find).length - 1
    if (times !== 1) throw new Error(`mutant '${name}': its text is ${times} times in ${file}: ${find}`)
    texts.set(
      file,
      text.replace(find, () => replace),
    )
  }
  return texts
}
