import { type Measured, summarise } from '../../measure.ts'
import type { DelayResult, RateResult, RowResult } from '../../report.ts'
import type { EventSide } from './event-side.ts'
import { measureDelays } from './measure-delay.ts'
import { measureRates } from './measure-rate.ts'
import type { OrderNumbers } from './order-numbers.ts'
import type { PeerPlan } from './peer-side.ts'

/** A row that compares how long an event takes; all of them are measured in one go. */
interface DelayRow {
  readonly row: string
  readonly title: string
  readonly peer: PeerPlan
}

/** A row that compares how many events are handled; the peer of a round is its fastest, where there are several. */
interface RateRow {
  readonly row: string
  readonly title: string
  readonly goal: number
  readonly peers: readonly PeerPlan[]
}

const pgBoss = { name: 'pg-boss', module: 'pg-boss', settings: 'notified', pollMs: 0 }
const graphileWorker = { name: 'graphile-worker', module: 'graphile-worker', settings: '', pollMs: 0 }
const bullmq = { name: 'BullMQ', module: 'bullmq', settings: '', pollMs: 0 }
const delayGoalMs = 50

export const delayRows: readonly DelayRow[] = [
  {
    row: 'event-delay-pg-boss-default',
    title: 'an event from commit to commit, idle, against pg-boss as it comes',
    peer: { ...pgBoss, name: 'pg-boss, as it comes', settings: 'polling', pollMs: 2_000 },
  },
  {
    row: 'event-delay-pg-boss-polling',
    title: 'against pg-boss asking every 0.5 s',
    peer: { ...pgBoss, name: 'pg-boss, 0.5 s', settings: 'fast-polling', pollMs: 500 },
  },
  { row: 'event-delay-pg-boss', title: 'against pg-boss with notifications', peer: pgBoss },
  { row: 'event-delay-graphile-worker', title: 'against graphile-worker', peer: graphileWorker },
  { row: 'event-delay-bullmq', title: 'against BullMQ', peer: bullmq },
]

export const rateRows: readonly RateRow[] = [
  {
    row: 'event-rate-pg-boss',
    title: 'events, emitted and handled, against pg-boss',
    goal: 1,
    // Its fastest: notifications let commits wait for each other.
    peers: [{ ...pgBoss, name: 'pg-boss, batches', settings: 'batches', pollMs: 500 }],
  },
  {
    row: 'event-rate-best',
    title: 'against the faster of graphile-worker and BullMQ',
    goal: 0.5,
    peers: [graphileWorker, bullmq],
  },
]

/** What event rows are measured with. */
export interface EventRun {
  readonly ours: EventSide
  openPeer(plan: PeerPlan): Promise<EventSide>
  readonly numbers: OrderNumbers
  readonly seconds: number
}

/** Measures the rows whose delays are compared: every side in turns, ours once for all of them. */
export async function measureDelayRows(run: EventRun, rows: readonly DelayRow[]): Promise<RowResult[]> {
  if (rows.length === 0) return []
  const peers = await openAll(
    run,
    rows.map(({ peer }) => peer),
  )
  const roundMs = (1000 * run.seconds) / 4
  const delays = await measureDelays([run.ours, ...peers.values()], { roundMs, numbers: run.numbers })
  const delayOf = (side: EventSide | undefined) =>
    (side && delays.get(side)) ?? { p50: Number.NaN, p95: Number.NaN }
  return rows.map(({ row, title, peer }): DelayResult => {
    const [ours, theirs] = [delayOf(run.ours), delayOf(peers.get(peer))]
    const met = ours.p50 <= delayGoalMs
    return { row, title, goal: delayGoalMs, met, ours, peer: theirs, ratio: ours.p50 / theirs.p50 }
  })
}

/** Measures the rows whose rates are compared, in rounds that every side takes part in. */
export async function measureRateRows(run: EventRun, rows: readonly RateRow[]): Promise<RowResult[]> {
  if (rows.length === 0) return []
  const peers = await openAll(
    run,
    rows.flatMap((row) => row.peers),
  )
  const ordersOfTenant = Math.ceil(run.seconds * 10)
  const rounds = await measureRates([run.ours, ...peers.values()], { ordersOfTenant, numbers: run.numbers })
  return rows.map(({ row, title, goal, peers: plans }): RateResult => {
    const sides = plans.map((plan) => peers.get(plan))
    const measured: Measured = summarise(
      rounds.map((rates) => ({
        ours: rates.get(run.ours) ?? Number.NaN,
        peer: Math.max(...sides.map((side) => (side && rates.get(side)) ?? Number.NaN)),
      })),
    )
    return { row, title, goal, ...measured, met: measured.ratio >= goal }
  })
}

async function openAll(run: EventRun, plans: readonly PeerPlan[]): Promise<Map<PeerPlan, EventSide>> {
  const opened = new Map<PeerPlan, EventSide>()
  for (const plan of plans) opened.set(plan, await run.openPeer(plan))
  return opened
}
