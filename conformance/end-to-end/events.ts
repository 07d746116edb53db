import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Client } from 'pg'
import type { EventAnswer, EventLagAnswer, EventList } from '../../packages/platform/src/index.ts'
import { eventually } from './eventually.ts'
import { postgresUrl } from './postgres-url.ts'
import type { RunningSystem } from './running-system.ts'

/** Events of a subscriber that fails until it is mended: looked at, and replayed, by the `tenantry` command. */
export function describeEvents(system: RunningSystem): void {
  const tenant = 'tenant-d'
  const ask = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await system.tenantry('events', ...args, '--json'))
  const list = (...args: string[]) => ask<EventList>('list', '--tenant', tenant, ...args)
  const asAdmin = async (database: string, text: string) => {
    const client = new Client(postgresUrl(system, database))
    await client.connect()
    await client.query(text).finally(() => client.end())
  }
  const mend = () =>
    asAdmin(
      'tenantry_pool',
      'drop trigger if exists broken on invoice.invoices; drop function if exists broken',
    )

  describe('tenantry events', () => {
    let order: string
    let event: string
    before(async () => {
      await asAdmin(
        'tenantry_pool',
        `create function broken() returns trigger language plpgsql as $$ begin raise 'the subscriber is broken'; end $$;
         create trigger broken before insert on invoice.invoices for each row
           when (new.tenantry_tenant = '${tenant}') execute function broken()`,
      )
      order = await system.order(tenant, [await system.product(tenant, '3.75')])
    })
    after(mend)

    it('shows what a failing subscriber holds up, since when and why, and no other tenant is held up', async () => {
      await eventually(10_000, async () => {
        const { events } = await list('--service', 'invoice', '--state', 'waiting')
        event = events[0]?.id ?? ''
        return events.length === 1 && events[0]?.reason === '`invoice` answered 500'
      })
      const { lag, away, kept, unread } = await ask<EventLagAnswer>('lag')
      assert.deepEqual([away, unread], [[], []])
      assert.ok(kept.bus > 0 && kept.outboxes > 0 && kept.inboxes > 0)
      const own = lag.find((one) => one.tenant === tenant && one.service === 'invoice')
      assert.equal(own?.waiting, 1)
      assert.match(
        await system.tenantry('events', 'lag'),
        /tenant-d +invoice +1 +\d+ s +`invoice` answered 500/,
      )
      await system.invoice(
        'tenant-a',
        await system.order('tenant-a', [await system.product('tenant-a', '1')]),
        10_000,
      )
    })

    it('shows one event with its attempts, and its data only when it is asked for', async () => {
      const [shown] = await ask<EventAnswer[]>('show', event)
      assert.equal(shown?.attributes.type, 'order.fulfilled')
      assert.equal(shown?.tenant, tenant)
      assert.ok(shown.deliveries[0]?.failures.every(({ reason }) => reason === '`invoice` answered 500'))
      const screen = await system.tenantry('events', 'show', event)
      assert.match(screen, /for invoice {2}waiting/)
      assert.doesNotMatch(screen, /products|eyJ/)
      const withData = await system.tenantry('events', 'show', event, '--data', '--by', 'ada')
      assert.match(withData, new RegExp(`data\n.*${order}`))
      assert.match(withData, /data shown +by ada/)
      assert.doesNotMatch(withData, /eyJ/)
    })

    it('replays what was given up, once it is mended, under its own id and with the effect of once', async () => {
      await assert.rejects(system.tenantry('events', 'replay', event), /EVENT_NOT_DEAD/)
      // It would be given up by itself after seven days.
      await asAdmin(
        'tenantry_bus',
        `select settle_delivery(position, 'dead', 'older than 7 days') from deliveries where event_id = '${event}'`,
      )
      assert.match(await system.tenantry('events', 'list'), new RegExp(`${event} +tenant-d +invoice .*dead`))
      await mend()
      assert.match(
        await system.tenantry('events', 'replay', '--tenant', tenant, '--service', 'invoice', '--by', 'ada'),
        /1 event replayed/,
      )
      assert.equal((await system.invoice(tenant, order, 10_000)).total_price, '3.75')
      await eventually(5_000, async () => (await list()).events.length === 0)
      const [shown] = await ask<EventAnswer[]>('show', event)
      assert.equal(shown?.deliveries[0]?.state, 'done')
      assert.equal(shown.operations.at(-1)?.operator, 'ada')
      const invoices = await system.invoices(tenant)
      assert.equal(invoices.filter(({ order_id }) => order_id === order).length, 1)
    })

    it('says what is wrong with what it is asked, and needs the admin token', async () => {
      await assert.rejects(system.tenantry('events', 'replay'), /EVENTS_UNNAMED/)
      await assert.rejects(system.tenantry('events', 'show', 'nothing'), /EVENT_NOT_FOUND/)
      await assert.rejects(system.tenantry('events', 'discard', event), /EVENT_SETTLED/)
      for (const path of ['/events', '/events/lag', `/events/${event}`])
        assert.equal((await system.operate(path, { token: 'x' })).status, 401)
    })
  })
}
