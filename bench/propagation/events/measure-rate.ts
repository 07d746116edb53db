import type { EventSide } from './event-side.ts'
import type { OrderNumbers } from './order-numbers.ts'
import { tenants } from './orders.ts'
import { rateSince, untilInvoiced } from './placed-orders.ts'

const roundsDefault = 5
const warmUpOfTenant = 20

/**
 * Measures each side in turns: all tenants place their orders as fast as they can, while the events are handled. Returns each round's
 * events per second, from the first order's commit to the last invoice's.
 */
export async function measureRates(
  sides: readonly EventSide[],
  options: { ordersOfTenant: number; numbers: OrderNumbers; rounds?: number },
): Promise<Map<EventSide, number>[]> {
  const { ordersOfTenant, numbers, rounds = roundsDefault } = options
  const measured: Map<EventSide, number>[] = []
  for (let round = 0; round < rounds; round++) {
    const rates = new Map<EventSide, number>()
    // Each goes first in its turn.
    const order = sides
      .map((_, at) => sides[(at + round) % sides.length])
      .filter((side) => side !== undefined)
    for (const side of order) rates.set(side, await measureOne(side, ordersOfTenant, numbers))
    measured.push(rates)
  }
  return measured
}

async function measureOne(side: EventSide, ordersOfTenant: number, numbers: OrderNumbers): Promise<number> {
  await side.start()
  try {
    await placeMany(side, warmUpOfTenant, numbers)
    const first = await placeMany(side, ordersOfTenant, numbers)
    return await rateSince(side, first)
  } finally {
    await side.stop()
  }
}

async function placeMany(side: EventSide, count: number, numbers: OrderNumbers): Promise<number> {
  const first = numbers.take(count)
  await side.place({ tenants, first, count })
  await untilInvoiced(side, first, count * tenants.length)
  return first
}
