import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from 'pg'
import { eventually } from './eventually.ts'
import { postgresUrl } from './postgres-url.ts'
import type { RunningSystem } from './running-system.ts'

/** What is kept of events in the pool, in a silo and on the bus, and for how long. */
export function describePruning(system: RunningSystem): void {
  const ask = async (database: string, text: string) => {
    const client = new Client(postgresUrl(system, database))
    await client.connect()
    return client.query(text).finally(() => client.end())
  }

  describe('what is over of events', () => {
    it('is deleted everywhere by the control plane in its time, and what is younger stays', async () => {
      for (const tenant of ['tenant-a', 'tenant-b']) {
        await system.invoice(tenant, await system.order(tenant, [await system.product(tenant, '1.75')]))
      }
      const { deployments } = (await (await system.operate('/deployments')).json()) as {
        deployments: { service: string; tenant: string | null; database: string }[]
      }
      const { database: silo = '' } =
        deployments.find(({ service, tenant }) => service === 'invoice' && tenant === 'tenant-b') ?? {}
      const [pool, bus] = ['tenantry_pool', 'tenantry_bus']
      const count = async (database: string, from: string) =>
        (await ask(database, `select from ${from}`)).rowCount
      const old = {
        outbox: () => count(pool, `"order".outbox where relayed_at < now() - interval '7 days'`),
        inbox: () => count(silo, `invoice.inbox where handled_at < now() - interval '8 days'`),
        events: () =>
          count(bus, `events where stored_at < now() - interval '7 days' and tenant = 'tenant-b'`),
      }
      const youngInbox = () => count(pool, `"order".inbox where handled_at < now() - interval '7 days'`)
      await eventually(5_000, async () => (await count(bus, `lanes where tenant = 'tenant-b'`)) === 0)
      await ask(
        pool,
        `update "order".outbox set relayed_at = now() - interval '8 days' where tenantry_tenant = 'tenant-b';
         update "order".inbox set handled_at = now() - interval '7.5 days' where tenantry_tenant = 'tenant-b'`,
      )
      await ask(silo, `update invoice.inbox set handled_at = now() - interval '9 days'`)
      await ask(
        bus,
        `update events set stored_at = now() - interval '8 days' where tenant = 'tenant-b';
         update deliveries set settled_at = now() - interval '8 days' where tenant = 'tenant-b'`,
      )
      for (const [name, find] of Object.entries(old)) assert.ok(await find(), name)
      const young = await count(bus, `events where tenant = 'tenant-a'`)
      const inbox = await youngInbox()
      assert.ok(young && inbox)
      // It does so a while after it started, and then only every few hours.
      process.kill((await system.processes()).get('control-plane') ?? assert.fail(), 'SIGKILL')
      await eventually(40_000, async () => {
        const left = await Promise.all(Object.values(old).map((find) => find()))
        return left.every((rows) => rows === 0)
      })
      assert.equal(await youngInbox(), inbox)
      assert.ok(((await count(bus, `events where tenant = 'tenant-a'`)) ?? 0) >= young)
    })
  })
}
