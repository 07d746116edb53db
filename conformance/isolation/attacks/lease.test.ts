import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { restoreTenant, revokeTenant } from '../../../packages/isolation/src/index.ts'
import {
  attack,
  attackInVain,
  canaryOf,
  connectLeased,
  foreign,
  hold,
  own,
  plantCanaries,
  requireNothingForeign,
  requireRefused,
} from '../attacker.ts'
import {
  createPlacements,
  inScope,
  kid,
  type LeaseChanges,
  type Placement,
  type RawClient,
} from '../placements.ts'
import { protectedTables } from '../schema.ts'

const refusals = ['TN001', 'TN002', 'TN003', '22023', '42704', '22003']

const placements = await createPlacements()
after(() => placements.remove())

for (const kind of ['pool', 'silo'] as const) {
  describe(`the lease, attacked on a ${kind} database`, () => {
    let placement: Placement
    let client: RawClient

    before(async () => {
      placement = placements[kind]
      await plantCanaries(placement)
      client = await connectLeased(placement)
    })

    const names = (of: RawClient = client) => attack(of, 'select name from secrets')
    const use = (lease: string) => client.query(`select set_config('tenantry.lease', $1, false)`, [lease])
    const requireVoid = async (lease: string, what: string) => {
      await use(lease)
      for (const [table, column] of Object.entries(protectedTables)) {
        const outcome = await attackInVain(placement, client, `select ${column} from ${table}`)
        assert.ok(outcome.code && refusals.includes(outcome.code), `${what}: ${outcome.said.slice(0, 300)}`)
      }
    }

    it('a lease of another role, database, connection, key, tenant or time is void', async () => {
      const other = await placement.connect()
      const cases: [string, LeaseChanges, string?][] = [
        ['another connection', { processId: other.processID }],
        ['no connection, as behind a pooler', { processId: 0 }],
        ['another role', { role: 'postgres' }],
        ['another deployment’s role', { role: placements.otherSilo.role }],
        ['another database’s key', { databaseKey: placements.otherSilo.databaseKey }],
        ['a key of its own making', { databaseKey: randomBytes(32) }],
        ['an empty key', { databaseKey: Buffer.alloc(0) }],
        ['another kid', { kid: kid + 1 }],
        ['kid 0, which names no key', { kid: 0 }],
        ['expired', { expiresAtMs: Date.now() - 1 }],
        ['expired long ago', { expiresAtMs: 0 }],
        ['another tenant, another connection', { processId: other.processID }, foreign],
        ['another tenant, another database', { databaseKey: placements.otherSilo.databaseKey }, foreign],
      ]
      for (const [what, changes, tenant = own] of cases) {
        await requireVoid(placement.leaseOf(client, tenant, changes), what)
      }
      await hold(placement, client)
      assert.equal((await names()).rows.length, 20)
    })

    it('a lease whose parts were exchanged is void', async () => {
      const mine = placement.leaseOf(client, own)
      const longer = placement.leaseOf(client, own, { expiresAtMs: Date.now() + 600_000 })
      const named = Buffer.from(foreign).toString('hex')
      const parts = { mac: mine.slice(0, 64), claims: mine.slice(64, 82), tenant: mine.slice(82) }
      for (const [what, lease] of [
        ['a foreign tenant', parts.mac + parts.claims + named],
        ['both tenants', mine + named],
        ['a longer life', parts.mac + longer.slice(64)],
        ['a longer life’s own name', longer.slice(0, 64) + mine.slice(64)],
        ['no tenant', parts.mac + parts.claims],
        ['no mac', parts.claims + named],
        ['a mac of zeros', '0'.repeat(64) + parts.claims + named],
        ['half a mac', parts.mac.slice(0, 32) + parts.claims + parts.tenant],
        ['unsigned claims', JSON.stringify({ tenant: foreign })],
        ['the bare tenant', foreign],
      ] as const) {
        await requireVoid(lease, what)
      }
      await hold(placement, client)
    })

    it('another spelling of a lease is the same lease, for the same tenant', async () => {
      const mine = placement.leaseOf(client, own)
      for (const lease of [mine.toUpperCase(), mine.replaceAll(/(..)/g, '$1 '), `${mine}\n`]) {
        await use(lease)
        const outcome = await attackInVain(
          placement,
          client,
          'select name, tenantry_tenant as tenant from secrets',
        )
        assert.ok(outcome.code !== undefined || outcome.rows.every(({ tenant }) => tenant === own))
      }
      await hold(placement, client)
    })

    it('15. and 16. nothing temporary can be made, to stand in for a key or to catch a lease', async () => {
      for (const text of [
        'create temp table keys (kid int, key bytea)',
        'create temporary view pg_class as select 1',
        'select 1 into temp x',
        'create temp sequence s',
        'create unlogged table x (a int)',
        'create table pg_temp.x (a int)',
        'create function pg_temp.decode(text, text) returns bytea language sql as $$ select null::bytea $$',
        'create domain pg_temp.bytea as text',
        'create schema mine',
        'create function shop.sha256(bytea) returns bytea language sql as $$ select $1 $$',
        'create operator shop.= (function = byteaeq, leftarg = bytea, rightarg = bytea)',
        'create type shop.t as (a int)',
        'create cast (text as bytea) without function',
        'create trigger t before insert on secrets execute function suppress_redundant_updates_trigger()',
        'create rule r as on insert to secrets do also notify x',
        'create event trigger e on ddl_command_start execute function divide()',
        'create extension pgcrypto',
        'create aggregate shop.a (int) (sfunc = int4pl, stype = int)',
        `do $$ begin perform 1; end $$`,
        `create statistics shop.s on name, amount from secrets`,
      ]) {
        await requireRefused(placement, client, text, ['42501', '42P13', '42809', '3F000'])
      }
    })

    it('17. a plan that was made for one tenant serves the next its own rows, and nobody none', async () => {
      await client.query('set plan_cache_mode = force_generic_plan')
      await client.query(
        'prepare look (text) as select tenantry_tenant as tenant from secrets where name > $1',
      )
      for (const tenant of [own, foreign, own]) {
        await hold(placement, client, tenant)
        const { rows } = await attack(client, `execute look ('')`)
        assert.ok(rows.length === 20 && rows.every((row) => row.tenant === tenant))
      }
      await use('')
      assert.equal((await attack(client, `execute look ('')`)).code, 'TN001')
      const { rows } = await placement.admin.query(
        `select provolatile, prosecdef, proparallel from pg_proc where oid = 'tenantry.tenant'::regproc`,
      )
      assert.deepEqual(rows, [{ provolatile: 's', prosecdef: true, proparallel: 'r' }])
      await client.query('discard all')
      await hold(placement, client)
    })

    it('18. activity shows no lease, and the role cannot make it', async () => {
      const pool = placement.pool({ max: 1 })
      await inScope(own, async () => {
        await pool.query('select name from secrets')
        await pool.query('select name from secrets where amount = $1', [1])
      })
      const { rows } = await placement.admin.query('select query from pg_stat_activity')
      const lease = Buffer.from(own).toString('hex')
      assert.ok(rows.every(({ query }) => !query?.includes(lease)))
      for (const text of [
        'set track_activities = on',
        'alter role current_user set track_activities = on',
        'set log_parameter_max_length = -1',
        `set log_statement = 'all'`,
        'set log_min_duration_statement = 0',
      ]) {
        await requireRefused(placement, client, text, ['42501'])
      }
    })

    it('19. and 36. no key is in a setting, a function, or anything else that can be read', async () => {
      const key = placement.databaseKey
      const pad = (byte: number) => Buffer.from(key.map((each) => each ^ byte))
      const spellings = [key, pad(0x36), pad(0x5c)].flatMap((bytes) => [
        bytes.toString('hex').slice(0, 24),
        bytes.toString('base64').slice(0, 16),
      ])
      const { rows } = await placement.admin.query<{ name: string; schema: string }>(
        `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('pg_catalog', 'tenantry', 'information_schema') and c.relkind in ('r', 'v')`,
      )
      let read = 0
      for (const { schema, name } of rows) {
        const { said, code } = await attack(client, `select t::text from ${schema}."${name}" t`)
        if (code === undefined) read++
        assert.ok(
          spellings.every((spelling) => !said.includes(spelling)),
          `${schema}.${name}`,
        )
      }
      assert.ok(read > 100, `${read} relations were read`)
    })

    it('20. and 23. without a lease, and without keys, every verb errs; none is an empty result', async () => {
      await use('')
      for (const [table, column] of Object.entries(protectedTables)) {
        for (const text of [
          `select * from ${table}`,
          `select count(*) from ${table}`,
          `select from ${table} limit 1`,
          `select exists (select from ${table})`,
          `update ${table} set ${column} = ${column}`,
          `delete from ${table}`,
        ]) {
          await requireRefused(placement, client, text, ['TN001'])
        }
      }
      await client.query('reset tenantry.lease')
      await requireRefused(placement, client, 'select * from secrets', ['TN001'])
      await requireRefused(placement, await placement.connect(), 'select * from secrets', ['TN001'])
      await hold(placement, client)
    })

    it('20. residual: where there is no row at all, an empty result may come before the check', async () => {
      const nobody = await placements.otherSilo.connect()
      for (const table of Object.keys(protectedTables)) {
        const { code, rows } = await attack(nobody, `select * from ${table}`)
        assert.ok(code === 'TN001' || rows.length === 0)
      }
    })

    it('21. every policy asks the check once a statement', async () => {
      const { rows } = await placement.admin.query(
        `select polname from pg_policy p join pg_class c on c.oid = p.polrelid
         where c.relnamespace = 'shop'::regnamespace and case polroles when array['tenantry_central'::regrole::oid]
           then pg_get_expr(polqual, polrelid) !~ '\\( SELECT \\(?tenantry.central\\(\\)' or polcmd <> 'r'
           else pg_get_expr(polqual, polrelid) !~ '\\( SELECT tenantry.tenant\\(\\)'
             or pg_get_expr(polwithcheck, polrelid) !~ '\\( SELECT tenantry.tenant\\(\\)' end`,
      )
      assert.deepEqual(rows, [])
      const plan = await attack(client, 'explain (analyze, verbose) select * from secrets')
      assert.match(plan.said, /InitPlan/)
    })

    it('22. expiry comes inside a long transaction, at every isolation level, and no savepoint undoes it', async () => {
      for (const level of ['read uncommitted', 'read committed', 'repeatable read', 'serializable']) {
        await client.query(`begin isolation level ${level}`)
        await hold(placement, client, own, { expiresAtMs: Date.now() + 200 })
        await client.query('savepoint early')
        assert.equal((await names()).rows.length, 20)
        await sleep(250)
        await requireRefused(placement, client, 'select * from secrets', ['TN003'])
        await client.query('rollback to savepoint early')
        await requireRefused(placement, client, 'select * from secrets', ['TN003'])
        await client.query('rollback')
      }
      await hold(placement, client)
    })

    it('22. residual: a cursor that was opened in time is read to its end, and no other statement runs', async () => {
      await client.query('begin')
      await hold(placement, client, own, { expiresAtMs: Date.now() + 200 })
      await client.query('declare early cursor for select name from secrets order by name')
      assert.equal((await attack(client, 'fetch 1 from early')).rows.length, 1)
      await sleep(250)
      const rest = await attackInVain(placement, client, 'fetch all from early')
      assert.ok(rest.rows.every(({ name }) => String(name).startsWith(canaryOf(own))))
      await requireRefused(placement, client, 'select * from secrets', ['TN003'])
      await client.query('rollback')
      await hold(placement, client)
    })

    it('a cursor that was opened and not read asks for the lease of its first fetch', async () => {
      await client.query('begin')
      await client.query('declare unread cursor for select name from secrets')
      await client.query(`select set_config('tenantry.lease', '', true)`)
      const { code, rows } = await attackInVain(placement, client, 'fetch all from unread')
      assert.ok(code === 'TN001' || rows.every(({ name }) => String(name).startsWith(canaryOf(own))))
      await client.query('rollback')
    })

    it('an older lease that a rollback brings back is good only as long as it ever was', async () => {
      await client.query('begin')
      await hold(placement, client, own, { expiresAtMs: Date.now() + 150 })
      await client.query('savepoint one')
      await hold(placement, client, own)
      assert.equal((await names()).rows.length, 20)
      await sleep(200)
      await client.query('rollback to savepoint one')
      await requireRefused(placement, client, 'select * from secrets', ['TN003'])
      await client.query('rollback')
      await hold(placement, client)
    })

    it('suspension ends leases that are out, at every isolation level, and for nobody else', async () => {
      for (const level of ['read committed', 'repeatable read', 'serializable']) {
        const suspended = await placement.connect()
        await suspended.query(`begin isolation level ${level}`)
        await hold(placement, suspended, own)
        assert.equal((await names(suspended)).rows.length, 20)
        await revokeTenant(placement.admin, own)
        const { code } = await names(suspended)
        assert.ok(code === 'TN004' || code === '40001', `${level}: ${code}`)
        const another = await placement.connect()
        await hold(placement, another, foreign)
        assert.equal((await names(another)).rows.length, 20)
        await restoreTenant(placement.admin, own)
        await suspended.query('rollback')
      }
      assert.equal((await names()).rows.length, 20)
    })

    it('36. it is who logged in that counts: no role can be put on, by statement, setting or at the door', async () => {
      for (const role of [
        'tenantry_owner',
        'tenantry_keeper',
        'tenantry_service',
        'tenantry_relay',
        'postgres',
        placements.otherSilo.role,
      ]) {
        for (const text of [
          `set role ${role}`,
          `set local role ${role}`,
          `set session authorization ${role}`,
          `select set_config('role', '${role}', false)`,
          `select set_config('session_authorization', '${role}', false)`,
          `grant ${role} to current_user`,
          `grant ${placement.role} to ${role}`,
          `alter role ${role} password 'x'`,
          `alter role ${role} set tenantry.lease = 'x'`,
        ]) {
          await requireRefused(placement, client, text, ['42501', '0LP01'])
        }
        for (const option of ['role', 'session_authorization']) {
          await assert.rejects(placement.connect({ options: `-c ${option}=${role}` }), { code: '42501' })
        }
      }
      for (const attribute of ['superuser', 'bypassrls', 'createrole', 'createdb', 'replication']) {
        await requireRefused(placement, client, `alter role current_user ${attribute}`, ['42501'])
      }
      await requireRefused(placement, client, 'reassign owned by current_user to tenantry_owner', ['42501'])
    })

    it('36. what the keeper runs, nobody else may call, see through or alter', async () => {
      for (const text of [
        `select tenantry.explain('\\x00', true)`,
        `select tenantry.explain(decode(repeat('00', 41) || '${Buffer.from(foreign).toString('hex')}', 'hex'), true)`,
        'alter function tenantry.tenant() immutable',
        'alter function tenantry.tenant() set search_path = shop',
        'create or replace function tenantry.tenant() returns text language sql as $$ select 1 $$',
        'drop function tenantry.tenant()',
        'grant execute on function tenantry.explain(bytea, bool) to current_user',
        'select * from tenantry.revocations',
        `insert into tenantry.revocations values ('${own}')`,
        'select * from tenantry.revocation_count',
        `select nextval('tenantry.revocation_sequence')`,
        `select setval('tenantry.revocation_sequence', 0)`,
        'select * from tenantry.migrations',
        'select * from tenantry.service_roles',
        'select * from tenantry.system_tables',
        'select * from tenantry.shared_tables',
        'create table tenantry.x (a int)',
        'comment on function tenantry.tenant() is null',
        'alter schema tenantry rename to x',
      ]) {
        const outcome = await attackInVain(placement, client, text)
        if (text.startsWith('grant')) continue
        assert.ok(['42501', '42704'].includes(outcome.code ?? ''), `${text}: ${outcome.said}`)
      }
      const { rows } = await placement.admin.query(
        `select has_function_privilege($1, 'tenantry.explain(bytea, bool)', 'execute') as may`,
        [placement.role],
      )
      assert.deepEqual(rows, [{ may: false }])
    })

    it('a lease that was planted as a default of the role, database or connection is as void as any', async () => {
      const theirs = placement.leaseOf(await placement.connect(), foreign)
      for (const text of [
        `alter role current_user set tenantry.lease = '${theirs}'`,
        `alter database ${placement.database} set tenantry.lease = '${theirs}'`,
        `alter role all set tenantry.lease = '${theirs}'`,
        `alter role current_user in database ${placement.database} set tenantry.lease = '${theirs}'`,
        `alter system set tenantry.lease = '${theirs}'`,
      ]) {
        await requireRefused(placement, client, text, ['42501'])
      }
      const planted = await placement.connect({ options: `-c tenantry.lease=${theirs}` })
      const outcome = await names(planted)
      requireNothingForeign(outcome, 'a lease at the door')
      assert.equal(outcome.code, 'TN002')
    })
  })
}
