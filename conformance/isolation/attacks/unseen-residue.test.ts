import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { PoolClient } from 'pg'
import { grantServiceRole, type LeasedPool } from '../../../packages/isolation/src/index.ts'
import { canaryOf, foreign, own, plantCanaries } from '../attacker.ts'
import { createPlacements, inScope, type Placement } from '../placements.ts'

const placements = await createPlacements()
after(() => placements.remove())

// Longer than what the pool reads.
const long = ` /* ${'x'.repeat(60_000)} */`

/** Ways to have a statement taken for one that leaves less than it does: `seen` is what it looks like. */
const disguises: Record<string, (statement: string, seen: string) => string[]> = {
  'a comment that ends at a carriage return': (statement, seen) => [
    // Without a bracket after a star, or the pool reads the text at once.
    statement.includes('(') ? `--\r${statement} and '\n${seen}' <> ''` : `--\r${statement} /*\n${seen} */`,
  ],
  'a comment in a comment': (statement, seen) => [`/* /* */ ${seen} */ ${statement}`],
  'a text too long to be read': (statement, seen) => [
    `${seen === 'set' ? 'set a.b = c' : seen}; ${statement}${long}`,
  ],
  'a string that ends elsewhere': (statement) => [
    'set standard_conforming_strings = off',
    `set application_name = '\\''; ${statement}; --'`,
  ],
}

const found = 'select name, 1 as one from secrets where name <> $1'
const lookAlike = `select 'stolen' as name, 2 as one from secrets where name <> $1`
for (const kind of ['pool', 'silo'] as const) {
  describe(`what is left on a connection unseen, on a ${kind} database`, () => {
    let placement: Placement
    before(async () => {
      placement = placements[kind]
      await plantCanaries(placement)
    })

    const attackWith = (pool: LeasedPool, work: (client: PoolClient) => Promise<void>) =>
      inScope(own, async () => {
        const client = await pool.connect()
        try {
          await work(client)
        } finally {
          client.release()
        }
      })
    const runAll = (client: PoolClient, statements: readonly string[]) =>
      Promise.all(statements.map((statement) => client.query(statement).catch(() => undefined)))
    const requireOrdinary = async (pool: LeasedPool, what: string) => {
      for (let turn = 0; turn < 3; turn++) {
        const { rows } = await inScope(foreign, () => pool.query(found, ['']))
        assert.equal(rows.length, 20, what)
        assert.ok(
          rows.every(({ name, one }) => one === 1 && name.startsWith(canaryOf(foreign))),
          `${what}: ${JSON.stringify(rows[0])}`,
        )
      }
    }

    for (const [name, disguise] of Object.entries(disguises)) {
      for (const seen of ['select', 'set', 'begin']) {
        it(`${name}, taken for \`${seen}\`, puts no statement in place of the pool’s own`, async () => {
          const pool = placement.pool({ max: 1 })
          await requireOrdinary(pool, 'before')
          await attackWith(pool, async (client) => {
            await runAll(client, disguise('deallocate "tenantry 1"', seen))
            await runAll(client, disguise(`prepare "tenantry 1" as ${lookAlike}`, seen))
          })
          await requireOrdinary(pool, name)
        })

        it(`${name}, taken for \`${seen}\`, catches no lease`, async () => {
          const pool = placement.pool({ max: 1 })
          await requireOrdinary(pool, 'before')
          const heard: (string | undefined)[] = []
          const listener = await placement.connect()
          await listener.query('listen stolen')
          listener.on('notification', ({ payload }) => heard.push(payload))
          const catches = `prepare "tenantry lease" as select where pg_notify('stolen', $1) is null`
          await attackWith(pool, async (client) => {
            await runAll(client, disguise('deallocate "tenantry lease"', seen))
            await runAll(client, disguise(catches, seen))
          })
          await inScope(foreign, () => pool.query(found, [''])).catch(() => undefined)
          await listener.query('select 1')
          const hex = Buffer.from(foreign).toString('hex')
          assert.ok(!heard.some((payload) => payload?.endsWith(hex)), `${name}: heard ${heard}`)
          await requireOrdinary(pool, name)
        })

        it(`${name}, taken for \`${seen}\`, leaves no setting`, async () => {
          const pool = placement.pool({ max: 1 })
          await requireOrdinary(pool, 'before')
          await attackWith(pool, async (client) => {
            await runAll(client, disguise(`set timezone = 'Asia/Tokyo'`, seen))
          })
          const { rows } = await inScope(foreign, () =>
            pool.query(`select current_setting('timezone') as zone`),
          )
          assert.notEqual(rows[0].zone, 'Asia/Tokyo', name)
        })
      }
    }

    it('a view of PostgreSQL’s own that sets what is written to it leaves no setting', async () => {
      const pool = placement.pool({ max: 1 })
      await requireOrdinary(pool, 'before')
      for (const text of [
        `update pg_settings set setting = 'Asia/Tokyo' where name = 'TimeZone' /* json */`,
        `update pg_catalog.pg_settings p set setting = 'Asia/Tokyo' from secrets where p.name = 'TimeZone' /* json */`,
        `with x as (update pg_settings set setting = 'Asia/Tokyo' where name = 'TimeZone' returning 1) select json_agg(x) from x`,
        `merge into pg_settings p using (values (1)) v on p.name = 'TimeZone' when matched then update set setting = 'Asia/Tokyo' /* json */`,
      ]) {
        await attackWith(pool, async (client) => {
          await runAll(client, [text, text])
        })
        const { rows } = await inScope(foreign, () =>
          pool.query(`select current_setting('timezone') as zone`),
        )
        assert.notEqual(rows[0].zone, 'Asia/Tokyo', text)
      }
    })

    it('who set the seed of `random()`, or saw its numbers, knows none of the next tenant’s', async () => {
      const raw = await placement.connect()
      const { rows: predicted } = await raw.query<{ n: number }>(
        'select random() as n from (select setseed(0.25)) seeded, generate_series(1, 20)',
      )
      for (const more of ['', 'prepare something as select 1']) {
        const pool = placement.pool({ max: 1 })
        await requireOrdinary(pool, 'before')
        await attackWith(pool, async (client) => {
          await runAll(client, ['select setseed(0.25)', ...(more ? [more] : [])])
        })
        // Twenty at once: the first few would do.
        const { rows } = await inScope(foreign, () =>
          pool.query<{ n: number }>('select random() as n from generate_series(1, 20)'),
        )
        const known = new Set(predicted.map(({ n }) => n))
        assert.ok(!rows.some(({ n }) => known.has(n)), more)
      }
      // Seen numbers are as good as a seed: who saw some cannot have been taken for one who left nothing.
      const pool = placement.pool({ max: 1 })
      await requireOrdinary(pool, 'before')
      await attackWith(pool, async (client) => {
        await client.query('select setseed(0.25)')
        await client.query('select random() as n /* json */')
      })
      const { rows } = await inScope(foreign, () => pool.query<{ n: number }>('select random() as n'))
      assert.ok(!predicted.some(({ n }) => n === rows[0]?.n))
    })

    it('a service’s own statement cannot have the name of one of the pool’s', async () => {
      const pool = placement.pool({ max: 1 })
      for (const name of ['tenantry lease', 'tenantry 1', 'tenantry 2']) {
        await attackWith(pool, async (client) => {
          await client.query({ name, text: 'set timezone = utc' })
          await client.query({ name, text: lookAlike, values: [''] })
        })
      }
      await requireOrdinary(pool, 'names')
    })

    it('what a role changed of itself, defaults and password, is undone when it is granted again', async () => {
      const { role, database, credentials, admin } = placement
      const password = String(credentials.password)
      const attacker = await placement.connect()
      for (const statement of [
        `alter role current_user set transform_null_equals = on`,
        `alter role current_user in database ${database} set search_path = pg_catalog`,
        `alter role current_user password 'another'`,
      ]) {
        await attacker.query(statement)
      }
      await assert.rejects(placement.connect(), { code: '28P01' })
      await grantServiceRole(admin, { role, password, service: 'shop' })
      const { rows } = await (await placement.connect()).query(
        `select current_setting('transform_null_equals') as nulls, current_schema() as schema`,
      )
      assert.deepEqual(rows, [{ nulls: 'off', schema: 'shop' }])
    })

    it('a search path that a tenant left is not what the pool learns its tables by', async () => {
      const pool = placement.pool({ max: 1 })
      await attackWith(pool, async (client) => {
        await client.query('set search_path = pg_catalog')
      })
      const now = performance.now
      performance.now = () => now.call(performance) + 61_000
      try {
        await inScope(foreign, () => pool.query('select 1'))
        await inScope(foreign, () =>
          pool.query(`insert into codes (code) values ('twice') on conflict (code) do nothing`),
        )
      } finally {
        performance.now = now
      }
    })
  })
}
