import { startRedis } from '../../../tools/start-redis.ts'
import type { RowResult } from '../../report.ts'
import { delayRows, type EventRun, measureDelayRows, measureRateRows, rateRows } from './event-rows.ts'
import { EventSystem } from './event-system.ts'
import { OrderNumbers } from './order-numbers.ts'
import { type PeerPlan, PeerSide } from './peer-side.ts'

export const eventRows: readonly { readonly row: string }[] = [...delayRows, ...rateRows]

/** Measures those of the event rows that are wanted, with our system and every peer on one PostgreSQL. */
export async function measureEvents(
  wanted: (row: { readonly row: string }) => boolean,
  { seconds, onRow }: { seconds: number; onRow: (result: RowResult) => void },
): Promise<RowResult[]> {
  const [delays, rates] = [delayRows.filter(wanted), rateRows.filter(wanted)]
  if (delays.length + rates.length === 0) return []
  const opened: { remove(): Promise<void> }[] = []
  try {
    const redis = await startRedis()
    opened.push({ remove: () => redis.stop() })
    const ours = await EventSystem.launch()
    opened.push(ours)
    const peers = new Map<PeerPlan, PeerSide>()
    const run: EventRun = {
      ours,
      seconds,
      numbers: new OrderNumbers(),
      async openPeer(plan) {
        const known = peers.get(plan)
        if (known) return known
        const peer = await PeerSide.create(plan, (database) => ours.address(database), redis)
        opened.push(peer)
        peers.set(plan, peer)
        return peer
      },
    }
    const delayResults = await measureDelayRows(run, delays)
    delayResults.forEach(onRow)
    const rateResults = await measureRateRows(run, rates)
    rateResults.forEach(onRow)
    return [...delayResults, ...rateResults]
  } finally {
    for (const one of opened.reverse()) await one.remove()
  }
}
