import type { Measured, Pace, Pair } from './measure.ts'
import { measurePair } from './measure.ts'
import type { RateResult, RowResult } from './report.ts'

/** What a run was asked for on the command line. */
export interface RunOptions {
  /** How long each row is measured, both sides together, warm-up apart. */
  readonly seconds: number
  /** The one row to measure; all of them when it is left out. */
  readonly only?: string
  readonly seed: number
  /** Told of each row as soon as it is measured. */
  onRow(result: RowResult): void
}

/** What a room's bench hands back besides its rows: what a reader has to know to compare. */
export interface BenchReport {
  readonly rows: readonly RowResult[]
  readonly versions: Readonly<Record<string, string>>
  readonly settings: Readonly<Record<string, string | number>>
  /** Markdown below the table. */
  readonly notes: string
}

/** One room's bench: `bench/<room>/main.ts` exports it as `bench`. */
export type Bench = (options: RunOptions) => Promise<BenchReport>

/** What a row promises, whatever it measures. */
export interface Goal {
  readonly row: string
  readonly title: string
  /** The least ratio; null for a row that is there to be read beside others. */
  readonly goal: number | null
}

const rounds = 10

/** Measures one row at the run's pace. */
export async function measureRow(
  { row, title, goal }: Goal,
  pair: Pair,
  { seconds, concurrency }: { seconds: number; concurrency: number },
): Promise<RateResult> {
  const pace: Pace = { concurrency, rounds, roundMs: (1000 * seconds) / (2 * rounds) }
  const measured: Measured = await measurePair(pair, pace)
  return { row, title, goal, ...measured, met: goal === null ? null : measured.ratio >= goal }
}
