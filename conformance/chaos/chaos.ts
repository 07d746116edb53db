import { setTimeout as sleep } from 'node:timers/promises'
import { SeededRandom } from '../../packages/tenantry/src/testing/attack/seeded-random.ts'
import type { RunningSystem } from '../end-to-end/running-system.ts'

/** Who may be killed. */
export interface Victim {
  readonly name: string
  kill(): void
}

/** How a run of chaos is made. */
export interface ChaosOptions {
  readonly seed: number
  /** Who may be killed besides the system's own processes; whoever made them starts them again. */
  readonly others?: readonly Victim[]
  readonly rounds: number
  /** Orders of each round, of all tenants together. */
  readonly orders: number
  readonly onRound?: (round: ChaosRound) => void
}

/** One round: a process killed while orders are placed. */
export interface ChaosRound {
  readonly round: number
  readonly victim: string
  /** Orders that were acknowledged: all of the round's, each tried until it was, and one more of each tenant after the kill. */
  readonly acknowledged: number
  /** How often one was tried. */
  readonly tried: number
  /**
   * From the kill until every order that was acknowledged before it has its invoice, and so has an order of each tenant that was
   * placed after it. Others are placed all the while.
   */
  readonly recoveredMs: number
  /** What was lost, doubled or wrong: there may be nothing. */
  readonly faults: readonly string[]
}

interface Order {
  readonly tenant: string
  readonly id: string
  readonly total: string
}

const tenants = ['tenant-a', 'tenant-b', 'tenant-c', 'tenant-d', 'tenant-e']
/** The demo's identity provider is no part of what is promised. */
const spared = new Set(['identity-provider'])
const recoveryMaxMs = 60_000
/** One of each tenant. */
const customers = 5
/** A tenant's customer places so many at most, one after the other: fewer than two cores can do, so that no backlog hides a recovery. */
export const ordersPerSecond = 10

/**
 * Kills a random process with SIGKILL at a random moment while five tenants place orders, again and again, and checks after each round
 * that every order which was acknowledged has exactly one invoice, with the right total, of its own tenant.
 */
export async function runChaos(system: RunningSystem, options: ChaosOptions): Promise<ChaosRound[]> {
  const random = new SeededRandom(options.seed)
  const prices = new Map<string, { id: string; price: string }>()
  for (const [index, tenant] of tenants.entries()) {
    const price = `${index + 1}.25`
    prices.set(tenant, { id: await system.product(tenant, price), price })
  }
  const rounds: ChaosRound[] = []
  for (let round = 0; round < options.rounds; round++) {
    const { orders, others = [] } = options
    const made = await playRound(system, { random, prices, orders, round, others })
    rounds.push(made)
    options.onRound?.(made)
  }
  return rounds
}

async function playRound(
  system: RunningSystem,
  {
    random,
    prices,
    orders,
    round,
    others,
  }: {
    random: SeededRandom
    prices: ReadonlyMap<string, { id: string; price: string }>
    orders: number
    round: number
    others: readonly Victim[]
  },
): Promise<ChaosRound> {
  const processes = [...(await system.processes())].filter(([name]) => !spared.has(name)).sort()
  const own = processes.map(([name, pid]) => ({ name, kill: () => process.kill(pid, 'SIGKILL') }))
  const victim: Victim = random.pick([...own, ...others])
  const killAt = 1 + random.below(orders - 1)
  const acknowledged: Order[] = []
  let begun = 0
  let tried = 0
  let recovering = Promise.resolve(0)
  const kill = () => {
    victim.kill()
    recovering = recover(performance.now(), [...acknowledged])
  }
  const recover = async (killedAtMs: number, before: readonly Order[]) => {
    const after = await Promise.all(tenants.map(buy))
    await settle(system, [...before, ...after])
    return performance.now() - killedAtMs
  }
  /** Places one order, as a customer who tries again until it is acknowledged. */
  const buy = async (tenant: string): Promise<Order> => {
    const product = prices.get(tenant)
    const body = { name: `of round ${round}`, products: [product?.id, product?.id] }
    for (;;) {
      tried++
      const answer = await system.call(tenant, 'POST', '/orders', body).catch(() => undefined)
      if (answer?.status === 200) {
        const { order_id: id } = answer.body.order as { order_id: string }
        const order = { tenant, id, total: (2 * Number(product?.price)).toFixed(2) }
        acknowledged.push(order)
        return order
      }
      await sleep(50)
    }
  }
  const buyOn = async () => {
    while (begun < orders) {
      const tenant = tenants[begun % tenants.length] ?? ''
      if (++begun === killAt) kill()
      await Promise.all([buy(tenant), sleep(1_000 / ordersPerSecond)])
    }
  }
  await Promise.all(Array.from({ length: customers }, buyOn))
  const recoveredMs = await recovering
  const faults = await settle(system, acknowledged)
  return { round, victim: victim.name, acknowledged: acknowledged.length, tried, recoveredMs, faults }
}

/** Waits until every tenant is served and every order has an invoice, and returns what is still wrong after a minute. */
async function settle(system: RunningSystem, orders: readonly Order[]): Promise<string[]> {
  const deadline = performance.now() + recoveryMaxMs
  let unsettled: readonly string[] = tenants
  for (;;) {
    const found = await Promise.all(unsettled.map((tenant) => findFaults(system, tenant, orders)))
    unsettled = unsettled.filter((_, at) => found[at]?.length !== 0)
    if (unsettled.length === 0 || performance.now() > deadline) return found.flat()
    await sleep(250)
  }
}

async function findFaults(
  system: RunningSystem,
  tenant: string,
  orders: readonly Order[],
): Promise<string[]> {
  const answer = await system.call(tenant, 'GET', '/invoices').catch(() => undefined)
  if (answer?.status !== 200) return [`${tenant} is not served: ${answer?.status ?? 'no answer'}`]
  const invoices = answer.body.invoices as { order_id: string; total_price: string }[]
  const totals = new Map<string, string[]>()
  for (const { order_id: order, total_price: total } of invoices)
    totals.set(order, [...(totals.get(order) ?? []), total])
  const wrong = orders.flatMap(({ tenant: owner, id, total }) => {
    const found = totals.get(id) ?? []
    if (owner !== tenant)
      return found.length > 0 ? [`${tenant} has an invoice of ${owner}'s order ${id}`] : []
    return String(found) === total
      ? []
      : [`${tenant}'s order ${id} has invoices over ${found.join(', ') || 'nothing'}`]
  })
  const doubled = [...totals].filter(([, found]) => found.length > 1)
  return [...wrong, ...doubled.map(([id]) => `${tenant}'s order ${id} was invoiced twice`)]
}
