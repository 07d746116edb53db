import type { Draft } from './draft.ts'
import { KnownValues } from './known-values.ts'
import type { Variant } from './synthesize-value.ts'

/** How an operation was reached. */
export interface Reached {
  readonly variant: Variant
  readonly branch: number
}

/** One side of an attack: a tenant with its credentials, or nobody. */
export class Party {
  readonly id: string
  readonly known = new KnownValues()
  /** What of others it has sent itself: to see that again is no leak. */
  readonly sent = new Set<string>()
  /** Its last request that succeeded, by operation. */
  readonly succeeded = new Map<string, Draft>()
  /** Addresses and cursors in its answers, which somebody else may try. */
  readonly links = new Set<string>()
  readonly cursors = new Map<string, string>()
  readonly #headers: () => Record<string, string> | Promise<Record<string, string>>

  constructor(id: string, headers: () => Record<string, string> | Promise<Record<string, string>>) {
    this.id = id
    this.#headers = headers
  }

  async headers(): Promise<[string, string][]> {
    return Object.entries(await this.#headers())
  }
}
