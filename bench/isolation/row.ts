import type { Pair } from '../measure.ts'
import type { BenchDatabase } from './bench-database.ts'

/** One row of the table: the same work done in two ways, and how much of the peer's speed ours has to reach. */
export interface Row {
  readonly row: string
  readonly title: string
  /** The least ratio, ours to peer. */
  readonly goal: number
  /** Transactions in flight, where that is not the run's own. */
  readonly concurrency?: number
  /** Fills in what the row needs besides the tenants' own rows, and opens what it measures. */
  open(database: BenchDatabase): Promise<OpenPair>
}

/** A pair, and how to give back what it holds. */
export interface OpenPair extends Pair {
  close?(): Promise<void>
}
