import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { attack, connectLeased, foreign, hold, own, plantCanaries } from '../attacker.ts'
import { createPlacements, inScope, type Placement, type RawClient } from '../placements.ts'

const placements = await createPlacements()
after(() => placements.remove())

/** How many rows PostgreSQL believes that a condition holds for; nothing runs. */
async function estimate(client: RawClient, table: string, condition: string): Promise<number> {
  const { rows } = await attack(client, `explain (format json) select 1 from ${table} where ${condition}`)
  const [plan] = (rows[0]?.['QUERY PLAN'] ?? []) as { Plan: { 'Plan Rows': number } }[]
  return plan?.Plan['Plan Rows'] ?? assert.fail(`no plan for ${condition}`)
}

// What SECURITY.md says is left: when one of these is mended, its row goes.
for (const kind of ['pool', 'silo'] as const) {
  describe(`known residuals, on a ${kind} database`, () => {
    let placement: Placement
    let client: RawClient
    before(async () => {
      placement = placements[kind]
      await plantCanaries(placement)
      await placement.admin.query(`
        create table shop.quiet (like shop.secrets including all);
        alter table shop.quiet alter amount set statistics 0;
        alter table shop.quiet enable row level security, force row level security;
        create policy tenantry_isolation on shop.quiet to tenantry_service
          using ((tenantry_tenant, true) = (select tenantry.tenant(), true));
        grant select on shop.quiet to ${placement.role};
        insert into shop.secrets (tenantry_tenant, name, amount)
          select '${foreign}', 'n ' || n, n * 7919 % 5003 from generate_series(1, 5000) n
          union all select '${foreign}', 'common', 777777 from generate_series(1, 300);
        insert into shop.quiet select * from shop.secrets;
        analyze shop.secrets, shop.quiet`)
      client = await placement.connect()
    })

    it('planner statistics: a common value is found by halving, without a lease', async () => {
      let [low, high] = [200_000, 1 << 20]
      const above = await estimate(client, 'secrets', `amount > ${low}`)
      for (let explained = 0; high - low > 1; explained++) {
        assert.ok(explained < 20)
        const middle = (low + high) >> 1
        if ((await estimate(client, 'secrets', `amount > ${middle}`)) > above / 2) low = middle
        else high = middle
      }
      assert.equal(high, 777_777)
    })

    it('planner statistics: a column without any tells nothing', async () => {
      for (const operator of ['=', '>', '<']) {
        const found = new Set<number>()
        for (const value of [0, 777_776, 777_777, 777_778, 999_999])
          found.add(await estimate(client, 'quiet', `amount ${operator} ${value}`))
        assert.equal(found.size, 1, operator)
      }
    })

    it('advisory locks: the keys of those that are held are seen', async () => {
      const other = await placement.connect()
      await other.query('select pg_advisory_lock(918273645)')
      const { rows } = await attack(client, `select objid from pg_locks where locktype = 'advisory'`)
      assert.ok(rows.some(({ objid }) => objid === 918_273_645))
      await other.query('select pg_advisory_unlock_all()')
    })

    it('channels: 7,999 bytes of a message are heard, and no more can be said', async () => {
      const heard: (number | undefined)[] = []
      client.on('notification', ({ payload }) => heard.push(payload?.length))
      await client.query('listen orders')
      const other = await placement.connect()
      await other.query(`select pg_notify('orders', repeat('x', 7999))`)
      const { code } = await attack(other, `select pg_notify('orders', repeat('x', 8000))`)
      assert.equal(code, '22023')
      await client.query('unlisten *')
      assert.deepEqual(heard, [7999])
    })

    it('locks: one tenant stops the others on a table, until its session ends', async () => {
      const [locks, waits] = [await connectLeased(placement), await connectLeased(placement)]
      await hold(placement, waits, foreign)
      await locks.query('begin; lock table codes in access exclusive mode')
      await waits.query('set lock_timeout = 100')
      assert.equal((await attack(waits, 'select code from codes')).code, '55P03')
      await placement.admin.query('select pg_terminate_backend($1)', [locks.processID])
      await waits.query('reset lock_timeout')
      assert.equal((await attack(waits, 'select code from codes')).rows.length, 20)
    })

    it('made-up settings: a name stays known on its connection, its value does not', async () => {
      const pool = placement.pool({ max: 1 })
      await inScope(own, () => pool.query(`set made.up = 'left'`))
      const { rows } = await inScope(foreign, () =>
        pool.query(
          `select current_setting('made.up', true) as known, current_setting('made.it', true) as unknown`,
        ),
      )
      assert.deepEqual(rows, [{ known: '', unknown: null }])
    })
  })
}
