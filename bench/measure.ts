import { performance } from 'node:perf_hooks'

/** One transaction of a workload, from the first statement to the last answer. */
export type Transaction = () => Promise<unknown>

/** The same work in two ways, to be measured against each other. */
export interface Pair {
  readonly ours: Transaction
  readonly peer: Transaction
}

/** How long and how hard a pair is run. */
export interface Pace {
  /** Transactions in flight. */
  readonly concurrency: number
  /** Rounds of each side, in turns, after one of each to warm up. */
  readonly rounds: number
  readonly roundMs: number
}

/** What a pair's rounds showed; `ours` and `peer` are medians, in transactions per second. */
export interface Measured {
  readonly ours: number
  readonly peer: number
  /** The median of the rounds' own ratios. */
  readonly ratio: number
  /** The quartiles of the rounds' own ratios. */
  readonly quartiles: readonly [number, number]
}

/**
 * Measures both sides in short rounds that alternate, and takes the median of the ratios of neighbours: whatever
 * changes slowly (a warm machine, a checkpoint, other work) meets both alike. Rejects with the first transaction's error.
 */
export async function measurePair({ ours, peer }: Pair, pace: Pace): Promise<Measured> {
  await runRound(ours, pace)
  await runRound(peer, pace)
  const rounds: { ours: number; peer: number }[] = []
  for (let round = 0; round < pace.rounds; round++) {
    // Each side goes first in every other round.
    if (round % 2 === 0) {
      const first = await runRound(ours, pace)
      rounds.push({ ours: first, peer: await runRound(peer, pace) })
    } else {
      const first = await runRound(peer, pace)
      rounds.push({ ours: await runRound(ours, pace), peer: first })
    }
  }
  return summarise(rounds)
}

/** What rounds come to: medians of each side, and of their ratios. */
export function summarise(rounds: readonly { ours: number; peer: number }[]): Measured {
  const ratios = rounds.map(({ ours, peer }) => ours / peer)
  return {
    ours: quantile(
      rounds.map(({ ours }) => ours),
      0.5,
    ),
    peer: quantile(
      rounds.map(({ peer }) => peer),
      0.5,
    ),
    ratio: quantile(ratios, 0.5),
    quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
  }
}

/** Transactions per second of one round, in which every transaction that was begun is also ended and counted. */
async function runRound(transaction: Transaction, { concurrency, roundMs }: Pace): Promise<number> {
  let ended = 0
  const startedAtMs = performance.now()
  const untilMs = startedAtMs + roundMs
  const keepBusy = async () => {
    do {
      await transaction()
      ended++
    } while (performance.now() < untilMs)
  }
  await Promise.all(Array.from({ length: concurrency }, keepBusy))
  return (1000 * ended) / (performance.now() - startedAtMs)
}

/** The value below which this share of all values lies, by linear interpolation. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}
