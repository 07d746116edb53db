import { type Json, leavesOf } from './json.ts'
import { isGenericId, isIdName, plainName, singular } from './names.ts'
import { resourceOf } from './openapi/operation.ts'

/** A value that an answer held, with what it was called there. */
export interface KnownValue {
  readonly value: string
  readonly field: string
  /** What it belongs to: the object around it if that has a name, else what the path was about. */
  readonly holder: string
}

const remembered = 400

/** What one tenant has seen in its own answers, the newest first: where path parameters and references come from. */
export class KnownValues {
  #values: KnownValue[] = []

  /** Remembers every value of an answer to a request at `path`. */
  learn(body: Json | undefined, path: string): KnownValue[] {
    const resource = singular(resourceOf(path))
    const learned: KnownValue[] = []
    for (const { value, path: names } of leavesOf(body)) {
      if ((typeof value !== 'string' && typeof value !== 'number') || value === '') continue
      const named = names.filter((name) => name !== '*')
      const field = named.at(-1) ?? resource
      learned.push({ value: String(value), field, holder: singular(named.at(-2) ?? resource) })
    }
    const news = new Set(learned.map(({ value, field, holder }) => `${value} ${field} ${holder}`))
    const older = this.#values.filter(({ value, field, holder }) => !news.has(`${value} ${field} ${holder}`))
    this.#values = [...learned, ...older].slice(0, remembered)
    return learned
  }

  /** The newest value for a place called `name` that concerns `resource`; `undefined` if there is none that fits. */
  find(name: string, resource: string): string | undefined {
    const wanted = isIdName(name) ? plainName(name).replace(/s$/, '') : plainName(name)
    const of = singular(resource)
    const aboutIt = singular(wanted.replace(/(id|uuid|guid)$/, '')) || of
    const fits: ((known: KnownValue) => boolean)[] = [
      ({ field, holder }) => plainName(field) === wanted && (!isGenericId(name) || holder === of),
      ({ field }) => plainName(field) === `${aboutIt}id`,
      ({ field, holder }) => isGenericId(field) && holder === aboutIt,
      ({ field, holder }) => isGenericId(field) && holder === of,
    ]
    for (const fit of fits) {
      const found = this.#values.find(fit)
      if (found) return found.value
    }
    return undefined
  }

  has(value: string): boolean {
    return this.#values.some((known) => known.value === value)
  }

  /** Forgets a value that its owner has deleted. */
  forget(value: string): void {
    this.#values = this.#values.filter((known) => known.value !== value)
  }
}

/** True for the id of the very thing that an answer at `path` is about. */
export function isOwnId({ field, holder }: KnownValue, path: string): boolean {
  const resource = singular(resourceOf(path))
  return isGenericId(field) ? holder === resource || holder === 'data' : plainName(field) === `${resource}id`
}

/** True for a value that nobody comes upon by counting: a UUID, a ULID, a nanoid. */
export function isUnguessable(value: string): boolean {
  return /^[\w-]{12,}$/.test(value) && /[0-9]/.test(value) && /[a-zA-Z]/.test(value)
}
