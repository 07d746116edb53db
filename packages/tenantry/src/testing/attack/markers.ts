import { randomBytes } from 'node:crypto'
import type { SeededRandom } from './seeded-random.ts'

const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'
const ownLength = 9

/**
 * The unguessable texts that tenants plant. Each is one party's, so that wherever it turns up it is known whose it was.
 * A part of it is new in each run: what an earlier run left in a database is taken for nothing.
 */
export class Markers {
  readonly #random: SeededRandom
  readonly #prefix = `z${Array.from(randomBytes(4), (byte) => alphabet[byte % alphabet.length]).join('')}`
  readonly #pattern = new RegExp(`${this.#prefix}[${alphabet}]{${ownLength}}`, 'gi')
  readonly #owners = new Map<string, string>()

  constructor(random: SeededRandom) {
    this.#random = random
  }

  /** A new one of `owner`. */
  issue(owner: string): string {
    const own = Array.from({ length: ownLength }, () => alphabet[this.#random.below(alphabet.length)])
    const marker = this.#prefix + own.join('')
    this.#owners.set(marker, owner)
    return marker
  }

  /** Those in `text`, each once, with whose they are; in capitals or not. */
  in(text: string): { marker: string; owner: string }[] {
    const found = new Set([...text.matchAll(this.#pattern)].map(([match]) => match.toLowerCase()))
    return [...found].flatMap((marker) => {
      const owner = this.#owners.get(marker)
      return owner === undefined ? [] : [{ marker, owner }]
    })
  }
}
