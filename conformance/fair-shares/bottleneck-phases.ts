import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningSystem } from '../end-to-end/running-system.ts'
import { merge } from './merge.ts'
import type { Phase } from './phase.ts'
import { Sender } from './senders.ts'

const loud = 'loud'
const quiet = ['first', 'second', 'third']
const quietPerSecond = 10
const quietEventsPerSecond = 5
/** Ten connections, 200 ms a statement: 50 a second, a quarter of which is each tenant's share. */
const slowShare = 12.5
/** Eight deliveries of a tenant at once, 200 ms each. */
const eventShare = 40

const connectionFlood = `beside ${10 * slowShare} statements/s of 200 ms, of ${slowShare}`
const eventFlood = `beside ${10 * eventShare} events/s of 200 ms, of ${eventShare}`

/** Measures a quick statement of quiet tenants, alone and while one tenant asks for ten times its share of the connections. */
export async function runConnectionPhases(system: RunningSystem, phaseMs: number): Promise<Phase[]> {
  const phase = async (name: string, forMs: number, perSecond: number): Promise<Phase> => {
    const senders = await Promise.all(quiet.map((tenant) => senderOf(system, tenant, '/notes')))
    const flooding = await senderOf(system, loud, '/notes/slow')
    await Promise.all([
      ...senders.map((sender) => sender.sendAtRate(quietPerSecond, forMs)),
      flooding.sendAtRate(perSecond, perSecond ? forMs : 0),
    ])
    for (const sender of [...senders, flooding]) sender.close()
    return { name, quiet: merge(senders.map(({ served }) => served)), loud: flooding.served }
  }
  await phase('warm', 2_000, 0)
  return [await phase('alone', phaseMs, 0), await phase(connectionFlood, phaseMs, 10 * slowShare)]
}

/** Measures how long quiet tenants' events take until they were handled, alone and while one tenant emits ten times what is delivered of its own. */
export async function runEventPhases(system: RunningSystem, phaseMs: number): Promise<Phase[]> {
  const phase = async (name: string, forMs: number, burst: number): Promise<Phase> => {
    for (const tenant of quiet) await ask(system, tenant, 'DELETE')
    const senders = await Promise.all(quiet.map((tenant) => senderOf(system, tenant, '/notes', { count: 1 })))
    const flooding = await senderOf(system, loud, '/notes', { count: burst })
    await Promise.all([
      ...senders.map((sender) => sender.sendAtRate(quietEventsPerSecond, forMs)),
      flooding.sendAtRate(burst ? 2 : 0, burst ? forMs : 0),
    ])
    for (const sender of [...senders, flooding]) sender.close()
    const emitted = merge(senders.map(({ served }) => served))
    return {
      name,
      quiet: { ...emitted, ms: await readings(system, emitted.ms.length) },
      loud: flooding.served,
    }
  }
  await phase('warm', 2_000, 0)
  return [await phase('alone', phaseMs, 0), await phase(eventFlood, phaseMs, 5 * eventShare)]
}

/** How long each event of quiet tenants took, once all of them were handled. */
async function readings(system: RunningSystem, count: number): Promise<number[]> {
  for (let waitedMs = 0; ; waitedMs += 200) {
    const all = (await Promise.all(quiet.map((tenant) => ask(system, tenant, 'GET')))) as number[][]
    const ms = all.flat()
    if (ms.length === count) return ms
    if (waitedMs > 30_000) throw new Error(`${ms.length} of ${count} events were handled after 30 s`)
    await sleep(200)
  }
}

async function senderOf(system: RunningSystem, tenant: string, path: string, body?: object): Promise<Sender> {
  return new Sender({
    url: `${system.gateway}${path}`,
    token: await system.token(tenant),
    ...(body && { body }),
  })
}

async function ask(system: RunningSystem, tenant: string, method: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${await system.token(tenant)}` }
  const answer = await fetch(`${system.gateway}/readings`, { method, headers })
  if (answer.status !== 200) throw new Error(`${method} /readings: ${answer.status}`)
  return answer.json()
}
