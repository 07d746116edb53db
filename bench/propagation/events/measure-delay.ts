import { setTimeout as sleep } from 'node:timers/promises'
import { quantile } from '../../measure.ts'
import type { Delay } from '../../report.ts'
import type { EventSide } from './event-side.ts'
import type { OrderNumbers } from './order-numbers.ts'
import { tenants } from './orders.ts'
import { delaysSince, untilInvoiced } from './placed-orders.ts'

const rounds = 2
const samplesMin = 5
const warmUps = 5
const pauseMs = 100
const lookMs = 5

/** Measures each side in two turns of `roundMs`, one event at a time on an idle system, at no fixed moment of its polling. */
export async function measureDelays(
  sides: readonly EventSide[],
  { roundMs, numbers }: { roundMs: number; numbers: OrderNumbers },
): Promise<Map<EventSide, Delay>> {
  const delays = new Map<EventSide, number[]>(sides.map((side) => [side, []]))
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      await side.start()
      try {
        for (let warmUp = 0; warmUp < warmUps; warmUp++) await placeOne(side, numbers)
        const first = numbers.take(0)
        const untilMs = performance.now() + roundMs
        for (let sample = 0; sample < samplesMin || performance.now() < untilMs; sample++) {
          await sleep(Math.random() * Math.max(pauseMs, side.pollMs))
          await placeOne(side, numbers)
        }
        delays.get(side)?.push(...(await delaysSince(side, first)))
      } finally {
        await side.stop()
      }
    }
  }
  return new Map(
    [...delays].map(([side, own]) => [side, { p50: quantile(own, 0.5), p95: quantile(own, 0.95) }]),
  )
}

async function placeOne(side: EventSide, numbers: OrderNumbers): Promise<void> {
  const first = numbers.take(1)
  await side.place({ tenants: [tenants[first % tenants.length] ?? ''], first, count: 1 })
  await untilInvoiced(side, first, 1, lookMs)
}
