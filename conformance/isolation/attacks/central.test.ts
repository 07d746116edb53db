import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  centralRoleOf,
  everyTenant,
  grantCentralRole,
  keepCentralRoles,
  restoreTenant,
  revokeTenant,
  signLease,
} from '../../../packages/isolation/src/index.ts'
import {
  attack,
  canaryOf,
  connectLeased,
  foreign,
  hold,
  own,
  plantCanaries,
  readForeign,
  requireNothingForeign,
  requireRefused,
} from '../attacker.ts'
import { createPlacements, kid, type LeaseChanges, type Placement, type RawClient } from '../placements.ts'
import { protectedTables } from '../schema.ts'

const refusals = ['TN001', 'TN002', 'TN003', '22023', '42704', '22003', '2202E']
const password = randomBytes(12).toString('hex')

const placements = await createPlacements()
after(async () => {
  for (const kind of ['pool', 'silo'] as const) await keepCentralRoles(placements[kind].admin, [])
  await placements.remove()
})

for (const kind of ['pool', 'silo'] as const) {
  describe(`central work, attacked on a ${kind} database`, () => {
    let placement: Placement
    let user: string
    let service: RawClient
    let central: RawClient

    before(async () => {
      placement = placements[kind]
      user = centralRoleOf(placement.role)
      await plantCanaries(placement)
      await grantCentralRole(placement.admin, { role: user, password, service: 'shop' })
      service = await connectLeased(placement)
      central = await placement.connect({ user, password })
    })

    const use = (client: RawClient, lease: string) =>
      client.query(`select set_config('tenantry.lease', $1, false)`, [lease])
    const centralLease = (client: RawClient, changes: LeaseChanges = {}) =>
      placement.leaseOf(client, everyTenant, { role: user, ...changes })
    const count = async (client: RawClient, table = 'secrets') =>
      (await client.query(`select count(*)::int as n from ${table}`)).rows[0].n

    it('with its lease it reads all tenants’ rows of each table, and without one it is an error', async () => {
      for (const table of Object.keys(protectedTables)) {
        await use(central, centralLease(central))
        const { rows } = await central.query(`select distinct tenantry_tenant from ${table} order by 1`)
        assert.deepEqual(rows, [{ tenantry_tenant: own }, { tenantry_tenant: foreign }])
        await use(central, '')
        const { code, said } = await attack(central, `select * from ${table}`)
        assert.equal(code, 'TN001')
        requireNothingForeign({ said }, table)
      }
    })

    it('a forged lease is void: another key, connection, role, database, time, or tenant', async () => {
      const other = await placement.connect({ user, password })
      const cases: [string, LeaseChanges][] = [
        ['another connection', { processId: other.processID }],
        ['no connection, as behind a pooler', { processId: 0 }],
        ['the service’s own role', { role: placement.role }],
        ['another deployment’s role', { role: centralRoleOf(placements.otherSilo.role) }],
        ['another database’s key', { databaseKey: placements.otherSilo.databaseKey }],
        ['a key of its own making', { databaseKey: randomBytes(32) }],
        ['an empty key', { databaseKey: Buffer.alloc(0) }],
        ['another kid', { kid: kid + 1 }],
        ['expired', { expiresAtMs: Date.now() - 1 }],
        ['expired long ago', { expiresAtMs: 0 }],
        ['a tenant’s', { tenant: own }],
        ['a tenant’s whose name is as long as the mark', { tenant: 'a' }],
        ['that of no tenant', { tenant: '' }],
        ['more than the mark', { tenant: '**' }],
        ['the mark and a tenant', { tenant: `*${foreign}` }],
      ]
      for (const [what, changes] of cases) {
        await use(central, centralLease(central, changes))
        for (const text of ['select name from secrets', 'select tenantry.central()']) {
          const { code, said } = await attack(central, text)
          assert.ok(code && refusals.includes(code), `${what}: ${code} ${said.slice(0, 200)}`)
          requireNothingForeign({ said }, what)
        }
      }
      await use(central, centralLease(central))
      assert.equal(await count(central), 40)
    })

    it('no byte of its lease can be changed', async () => {
      const valid = Buffer.from(centralLease(central), 'hex')
      for (let at = 0; at < valid.length; at++) {
        const bytes = Buffer.from(valid)
        bytes[at] = (bytes[at] ?? 0) ^ 1
        await use(central, bytes.toString('hex'))
        const { code } = await attack(central, 'select name from secrets')
        assert.ok(code && refusals.includes(code), `byte ${at}: ${code}`)
      }
    })

    it('a key of a tenant makes no lease of every tenant’s, and none of a tenant’s for central work', async () => {
      const key = placement.tenantKey(own)
      for (const client of [service, central]) {
        for (const forged of [
          { ...key, tenant: everyTenant },
          { ...key, role: user },
        ]) {
          await use(client, signLease(forged, client.processID))
          const { code, said } = await attack(client, 'select name from secrets')
          // The role is in the key: to say another one changes nothing of what is signed.
          if (client === service && forged.tenant === own) assert.equal(code, undefined)
          else assert.equal(code, 'TN002')
          requireNothingForeign({ said }, forged.tenant)
        }
      }
    })

    it('a tenant that is named as the mark is nobody: not with a true key for it, not for reading, not for writing', async () => {
      await use(service, placement.leaseOf(service, everyTenant))
      for (const text of [
        'select name from secrets',
        `insert into codes (code) values ('x')`,
        'delete from secrets',
        'select tenantry.tenant()',
      ]) {
        await requireRefused(placement, service, text, ['TN002'])
      }
      await use(service, centralLease(service))
      await requireRefused(placement, service, 'select name from secrets', ['TN002'])
      await hold(placement, service)
      assert.equal(await count(service), 20)
    })

    it('who does the one cannot ask the check of the other', async () => {
      await requireRefused(placement, service, 'select tenantry.central()', ['42501'])
      await use(central, placement.leaseOf(central, own, { role: user }))
      await requireRefused(placement, central, 'select tenantry.tenant()', ['42501'])
      await requireRefused(placement, central, `select tenantry.explain('\\x00', true)`, ['42501'])
    })

    it('neither role can be put on by the other, nor anybody’s by it', async () => {
      for (const [client, roles] of [
        [service, [user, 'tenantry_central']],
        [central, [placement.role, 'tenantry_central', 'tenantry_service', 'tenantry_owner', 'postgres']],
      ] as const) {
        for (const role of roles) {
          for (const text of [
            `set role ${role}`,
            `set session authorization ${role}`,
            `select set_config('role', '${role}', false)`,
            `grant ${role} to current_user`,
            `alter role ${role} password 'x'`,
          ]) {
            await requireRefused(placement, client, text, ['42501', '0LP01', '25006'])
          }
        }
      }
    })

    it('writes nothing: plainly, by a function, in a common table expression, or with another lease', async () => {
      for (const lease of [centralLease(central), placement.leaseOf(central, foreign, { role: user }), '']) {
        await use(central, lease)
        for (const mode of ['on', 'off']) {
          await central.query(`set default_transaction_read_only = ${mode}`)
          const before = await readForeign(placement)
          for (const text of [
            `insert into secrets (name) values ('x')`,
            `insert into secrets (name, tenantry_tenant) values ('x', '${foreign}')`,
            `update secrets set name = 'x'`,
            'delete from secrets',
            'with gone as (delete from secrets returning name) select * from gone',
            'merge into codes using (select 1) s on true when matched then delete',
            'select name from secrets for update',
            'truncate secrets',
            'create table shop.mine (id int)',
            'create temp table mine (id int)',
            'alter table secrets disable row level security',
            'drop policy tenantry_central on secrets',
            `select nextval('tickets_id_seq')`,
            `select setval('tickets_id_seq', 1)`,
            `select lo_from_bytea(0, 'x')`,
            `do $$ begin delete from secrets; end $$`,
            `copy secrets (name) from program 'echo x'`,
          ]) {
            const { code, said } = await attack(central, text)
            assert.ok(
              ['42501', '25006', ...refusals].includes(code ?? ''),
              `${text}: ${code ?? 'it ran'} ${said.slice(0, 200)}`,
            )
          }
          assert.equal(await readForeign(placement), before)
        }
      }
      await central.query('reset default_transaction_read_only')
    })

    it('what was prepared or held with a lease shows nothing without one', async () => {
      await use(central, centralLease(central))
      await central.query('set plan_cache_mode = force_generic_plan')
      await central.query('prepare every as select name from secrets')
      assert.equal((await central.query('execute every')).rowCount, 40)
      await use(central, '')
      await requireRefused(placement, central, 'execute every', ['TN001'])
      await use(central, placement.leaseOf(central, own, { role: user }))
      await requireRefused(placement, central, 'execute every', ['TN002'])
      await central.query('deallocate every; reset plan_cache_mode')
    })

    it('a cursor that central work holds is on no connection that tenants’ work meets', async () => {
      await use(central, centralLease(central))
      await central.query('begin; declare held cursor with hold for select name from secrets; commit')
      for (const text of ['fetch all from held', 'select * from pg_cursors']) {
        const { said, rows } = await attack(service, text)
        requireNothingForeign({ said }, text)
        assert.equal(rows.length, 0)
      }
      await central.query('close held')
    })

    it('a look-alike on the search path changes nothing of the check', async () => {
      await placement.admin.query(`create schema fakes; grant usage on schema fakes to public;
        create or replace function fakes.decode(text, text) returns bytea language sql as $$ select repeat('*', 42)::bytea $$;
        create or replace function fakes.length(bytea) returns int language sql as 'select 0';
        create or replace function fakes.sha256(bytea) returns bytea language sql as $$ select '\\x00'::bytea $$`)
      await central.query('set search_path = fakes, shop, pg_catalog')
      await use(central, centralLease(central, { databaseKey: randomBytes(32) }))
      await requireRefused(placement, central, 'select name from secrets', ['TN002'])
      await use(central, centralLease(central))
      assert.equal(await count(central), 40)
      await central.query('reset search_path')
      await placement.admin.query('drop schema fakes cascade')
    })

    it('the check is asked before any condition of the statement’s own: without a lease, no guess is answered', async () => {
      await use(central, '')
      const guesses = [canaryOf(foreign), `${canaryOf(foreign)}-1`, 'nobody’s']
      for (const guess of guesses) {
        for (const text of [
          `select 1 from codes where code = '${guess}'`,
          `select 1 from codes where code = '${guess}' and tenantry_tenant = '${foreign}'`,
          `select 1 from codes where tenantry_tenant = '${guess}'`,
          `select 1 from secrets where name = '${guess}'`,
          `select 1 from secrets where amount = ${guess.length} and name = '${guess}'`,
          `select 1 from tickets where id = ${guess.length}`,
          `select exists (select from codes where code = '${guess}')`,
          `select 1 / (select count(*) from secrets where name = '${guess}')`,
        ]) {
          for (const planner of ['enable_seqscan', 'enable_indexscan', 'enable_bitmapscan']) {
            await central.query(`set ${planner} = off`)
            await requireRefused(placement, central, text, ['TN001'])
            await central.query(`reset ${planner}`)
          }
        }
      }
    })

    it('neither activity, statistics nor an error tells of its rows or its lease', async () => {
      const lease = centralLease(central)
      await use(central, lease)
      const waiting = central.query(`select pg_sleep(0.3), '${canaryOf(foreign)}'`)
      await sleep(50)
      for (const text of [
        'select * from pg_stat_activity',
        'select * from pg_stats',
        'select * from pg_locks',
        'select * from pg_stat_user_tables',
        'select * from pg_stat_database',
      ]) {
        const { said } = await attack(service, text)
        requireNothingForeign({ said }, text)
        assert.ok(!said.includes(lease.slice(0, 32)), text)
      }
      await waiting
      const stats = await attack(
        central,
        'select distinct tablename from pg_stats where schemaname = $$shop$$',
      )
      assert.deepEqual(stats.rows, [{ tablename: 'countries' }])
      await use(central, centralLease(central, { databaseKey: randomBytes(32) }))
      const { said } = await attack(central, `select name::int from secrets`)
      requireNothingForeign({ said }, 'a cast')
    })

    it('an operator’s report counts the suspended tenants too; their own work stays stopped', async () => {
      await revokeTenant(placement.admin, own)
      try {
        await use(central, centralLease(central))
        assert.equal(await count(central), 40)
        await requireRefused(placement, service, 'select name from secrets', ['TN004'])
      } finally {
        await restoreTenant(placement.admin, own)
      }
    })

    it('its lease ends inside a long transaction', async () => {
      await central.query('begin')
      await use(central, centralLease(central, { expiresAtMs: Date.now() + 150 }))
      assert.equal(await count(central), 40)
      await sleep(200)
      assert.equal((await attack(central, 'select name from secrets')).code, 'TN003')
      await central.query('rollback')
    })

    it('it reaches no other database, schema or large object', async () => {
      await assert.rejects(placement.connect({ user, password, database: placements.otherSilo.database }), {
        code: '42501',
      })
      for (const text of [
        'select * from tenantry.service_roles',
        'select * from tenantry.revocations',
        'select lo_get(1953391001)',
        'select * from pg_largeobject',
        'select * from pg_authid',
        `select pg_read_file('postgresql.conf')`,
      ]) {
        await requireRefused(placement, central, text, ['42501'])
      }
    })
  })
}
