import type { Placements } from '../placements.ts'

/** How much is tried: `full` is what the figures are recorded from, `short` what every test run has time for. */
export type Scale = 'full' | 'short'

/** What a proof runs on. */
export interface ProofOptions {
  readonly placements: Placements
  readonly seed: number
  readonly scale: Scale
}

/** What a proof came to. */
export interface ProofResult {
  readonly name: string
  /** How often it was tried, in words with the figure. */
  readonly tried: string
  readonly count: number
  /** What should never have been, each in a line; a proof holds when there is none. */
  readonly misses: readonly string[]
  /** What shows that the proof would have seen a miss. */
  readonly control: string
}

/** One proof. */
export interface Proof {
  readonly name: string
  run(options: ProofOptions): Promise<ProofResult>
}
