import assert from 'node:assert/strict'
import { eventually } from '../end-to-end/eventually.ts'
import type { RunningSystem } from '../end-to-end/running-system.ts'

/** How many requests of each tenant the gateway answered, and how many of those it refused for a limit. */
export type Sent = Map<string, { requests: number; limited: number }>

/** Makes everything happen to the shop that there is a metric of, but for refused events and adopted databases, and counts what was sent. */
export async function sendTraffic(system: RunningSystem): Promise<Sent> {
  const sent: Sent = new Map()
  const call = async (tenant: string, method: string, path: string, body?: object) => {
    const answer = await system.call(tenant, method, path, body)
    const of = sent.get(tenant) ?? { requests: 0, limited: 0 }
    sent.set(tenant, {
      requests: of.requests + 1,
      limited: of.limited + (answer.status === 429 ? 1 : 0),
    })
    return answer
  }
  const order = async (tenant: string) => {
    const made = await call(tenant, 'POST', '/products', { name: 'Lamp', price: '2' })
    const { product_id: id } = made.body.product as { product_id: string }
    assert.equal((await call(tenant, 'POST', '/orders', { name: 'One', products: [id] })).status, 200)
  }
  const invoices = async (tenant: string) => {
    const { body } = await call(tenant, 'GET', '/invoices')
    return (body.invoices as unknown[] | undefined)?.length ?? 0
  }

  for (const tenant of ['tenant-a', 'tenant-b', 'tenant-c']) await order(tenant)
  assert.equal((await system.call(null, 'GET', '/products')).status, 401)
  await system.tenantry('limit', 'tenant-d', '--requests-per-second', '0.1')
  await eventually(10_000, async () => (await call('tenant-d', 'GET', '/products')).status === 429)
  await system.tenantry('limit', 'tenant-d', '--clear')
  for (const tenant of ['tenant-a', 'tenant-b', 'tenant-c'])
    await eventually(10_000, async () => (await invoices(tenant)) === 1)

  // What is killed with an event on its way to it cannot be reached for a moment.
  const pid = (await system.processes()).get('invoice.pool') ?? assert.fail('there is no invoice.pool')
  process.kill(pid, 'SIGKILL')
  await order('tenant-a')

  // The silo of another stands still, with an event waiting for it, for as long as it takes to be read of.
  const silo = [...(await system.processes())].find(([name]) => /^invoice\.(?!pool)/.test(name))
  if (!silo) assert.fail('there is no silo of invoice')
  process.kill(silo[1], 'SIGSTOP')
  for (const tenant of ['tenant-b', 'tenant-c']) await order(tenant)

  // One tenant asks for far more than another for some seconds, from here on until it is told so.
  for (let second = 0; second < 5; second++) {
    const until = performance.now() + 1_000
    await call('tenant-e', 'GET', '/products')
    await Promise.all(
      [1, 2, 3].map(async () => {
        while (performance.now() < until) await call('tenant-a', 'GET', '/products')
      }),
    )
  }
  process.kill(silo[1], 'SIGCONT')
  return sent
}
