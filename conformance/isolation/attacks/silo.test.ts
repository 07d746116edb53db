import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type pg from 'pg'
import { signLease } from '../../../packages/isolation/src/index.ts'
import {
  attack,
  attackInVain,
  canaryOf,
  connectLeased,
  foreign,
  hold,
  own,
  plantCanaries,
} from '../attacker.ts'
import { createPlacements, inScope, type Placement, type Placements } from '../placements.ts'

describe('37. one silo beside another, and a pool, on one server', () => {
  let placements: Placements
  let places: Placement[]
  before(async () => {
    placements = await createPlacements()
    places = [placements.pool, placements.silo, placements.otherSilo]
    for (const place of places) await plantCanaries(place)
  })
  after(() => placements.remove())

  const others = (place: Placement) => places.filter((other) => other !== place)

  it('no deployment’s role connects to another’s database, nor to those that the server came with', async () => {
    for (const place of places) {
      for (const database of [...others(place).map((other) => other.database), 'postgres', 'template1']) {
        await assert.rejects(place.connect({ database }), { code: '42501' }, database)
      }
      await assert.rejects(place.connect({ database: 'template0' }))
      await assert.rejects(place.connect({ replication: 'database' } as pg.ClientConfig), { code: '42501' })
    }
  })

  it('no deployment logs in with another’s password', async () => {
    for (const place of places) {
      for (const other of others(place)) {
        const password = other.credentials.password as string
        await assert.rejects(place.connect({ password }), { code: '28P01' })
      }
    }
  })

  it('a lease of one database is void in every other, though the tenant is the same', async () => {
    for (const place of places) {
      const client = await place.connect()
      for (const other of others(place)) {
        for (const changes of [{}, { role: place.role }, { database: place.database, role: place.role }]) {
          const lease = signLease(other.tenantKey(own, changes), client.processID)
          await client.query(`select set_config('tenantry.lease', $1, false)`, [lease])
          const { code } = await attackInVain(place, client, 'select name from secrets')
          assert.equal(code, 'TN002')
        }
      }
    }
  })

  it('no statement reaches across databases', async () => {
    for (const place of places) {
      const client = await connectLeased(place)
      for (const other of others(place)) {
        for (const text of [
          `select * from ${other.database}.shop.secrets`,
          `select dblink('dbname=${other.database}', 'select 1')`,
          'create extension dblink',
          'create extension postgres_fdw',
          `create server s foreign data wrapper postgres_fdw options (dbname '${other.database}')`,
          `create subscription s connection 'dbname=${other.database}' publication p`,
          `alter database ${other.database} rename to x`,
          `grant connect on database ${other.database} to current_user`,
          `create database mine template ${other.database}`,
          `drop database ${other.database}`,
          `comment on database ${other.database} is 'x'`,
        ]) {
          const { code } = await attackInVain(place, client, text)
          assert.ok(code !== undefined || text.startsWith('grant'), text)
        }
        assert.equal((await attack(client, `select pg_database_size('${other.database}')`)).code, '42501')
        await assert.rejects(place.connect({ database: other.database }), { code: '42501' })
      }
    }
  })

  it('residual: names of databases and roles are seen; those of silos tell nothing', async () => {
    const client = await connectLeased(placements.silo)
    const { said } = await attack(
      client,
      'select datname, (select array_agg(rolname) from pg_roles) from pg_database',
    )
    // The databases of tests are random digits, which may say anything.
    const names = said.replaceAll(/test_[0-9a-f]{12}/g, '')
    assert.ok(!names.includes(foreign) && !names.includes(canaryOf(foreign)))
  })

  it('what is written through one pool is in its own database alone', async () => {
    for (const place of places) {
      const pool = place.pool({ max: 2 })
      await inScope(own, () =>
        pool.query('insert into tickets (title) values ($1)', [`only in ${place.database}`]),
      )
    }
    for (const place of places) {
      const { rows } = await place.admin.query<{ title: string; tenant: string }>(
        `select title, tenantry_tenant as tenant from shop.tickets where title like 'only in%'`,
      )
      assert.deepEqual(rows, [{ title: `only in ${place.database}`, tenant: own }])
    }
  })

  it('a silo’s own other tenant is as foreign as in a pool', async () => {
    const client = await connectLeased(placements.silo)
    assert.equal((await attackInVain(placements.silo, client, 'select * from secrets')).rows.length, 20)
    await hold(placements.silo, client, 'nobody')
    assert.equal((await attackInVain(placements.silo, client, 'select * from secrets')).rows.length, 0)
  })
})
