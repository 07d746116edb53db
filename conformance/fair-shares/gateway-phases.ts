import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningSystem } from '../end-to-end/running-system.ts'
import { merge } from './merge.ts'
import type { Phase } from './phase.ts'
import { Sender } from './senders.ts'

const loud = 'tenant-a'
/** Two in the pool with it, and one whose product and order are. */
const quiet = ['tenant-d', 'tenant-b', 'tenant-e']
const quietPerSecond = 10
/** What `loud` may send, in the phase in which its rate is limited; it sends ten times as much. */
const ratePerSecond = 30
/** Three for each place of the gateway's at one deployment: far more than the product service does at once. */
const callers = 200

/** Measures quiet tenants alone, beside one that sends ten times its rate, and beside one that nothing limits but its share. */
export async function runGatewayPhases(system: RunningSystem, phaseMs: number): Promise<Phase[]> {
  for (const tenant of [loud, ...quiet]) await system.product(tenant, '1')
  await run(system, 'warm', 2_000, async () => undefined)
  const alone = await run(system, 'alone', phaseMs, async () => undefined)
  await system.tenantry('limit', loud, '--requests-per-second', String(ratePerSecond))
  await sleep(1_000)
  const rated = await run(
    system,
    `beside ${10 * ratePerSecond} requests/s of ${ratePerSecond}`,
    phaseMs,
    (sender) => sender.sendAtRate(10 * ratePerSecond, phaseMs),
  )
  await system.tenantry('limit', loud, '--clear')
  await sleep(1_000)
  const unlimited = await run(system, `beside ${callers} requests under way, no rate`, phaseMs, (sender) =>
    sender.keepUnderWay(callers, phaseMs),
  )
  return [alone, rated, unlimited]
}

async function run(
  system: RunningSystem,
  name: string,
  forMs: number,
  flood: (sender: Sender) => Promise<void>,
): Promise<Phase> {
  const url = `${system.gateway}/products`
  const senderOf = async (tenant: string) => new Sender({ url, token: await system.token(tenant) })
  const senders = await Promise.all(quiet.map(senderOf))
  const flooding = await senderOf(loud)
  await Promise.all([...senders.map((sender) => sender.sendAtRate(quietPerSecond, forMs)), flood(flooding)])
  for (const sender of [...senders, flooding]) sender.close()
  return { name, quiet: merge(senders.map(({ served }) => served)), loud: flooding.served }
}
