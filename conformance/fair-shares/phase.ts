import type { Served } from './senders.ts'

/** What quiet tenants were given in one phase, and what the one that floods was. */
export interface Phase {
  readonly name: string
  readonly quiet: Served
  readonly loud: Served
}
