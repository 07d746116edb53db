import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Scope } from '@tenantry/context'
import pg from 'pg'
import {
  createTestDatabase,
  startTestPostgres,
  type TestDatabase,
  type TestPostgres,
} from '../../../../tools/test-postgres.ts'
import { asTenant } from '../../test/isolated-database.ts'
import {
  type AdoptionFinding,
  adoptDatabase,
  createRequestModeSource,
  deriveTenantKey,
  grantRelayRole,
  installIsolation,
  LeasedPool,
  planAdoption,
  readAdoption,
  readRequestModes,
  switchAdoption,
  undoAdoption,
} from '../index.ts'

const kid = 1
const key = randomBytes(32)
const acme = '3fa85f64-5717-4562-b3fc-2c963f66afa6'
const zeta = '9b2d7c1e-0000-4000-8000-00000000000a'

// As somebody wrote it who knew of organizations and not of us.
const schema = (role: string, reports: string) => `
  create table organizations (id uuid primary key, name text not null);
  create table projects (id serial primary key, organization_id uuid not null references organizations, name text not null);
  create table tasks (id serial primary key, organization_id uuid not null, project_id int not null references projects on delete cascade,
    title text not null, unique (title));
  create index on projects (organization_id);
  create table countries (code text primary key);
  create table audit_log (id serial primary key, line text);
  create view open_tasks as select * from tasks;
  create materialized view task_counts as select organization_id, count(*) from tasks group by 1;
  create function all_names() returns setof text language sql security definer as 'select name from projects';
  insert into organizations values ('${acme}', 'Acme'), ('${zeta}', 'Zeta');
  insert into projects (organization_id, name) values ('${acme}', 'anvil'), ('${acme}', 'rocket'), ('${zeta}', 'zoo');
  insert into tasks (organization_id, project_id, title) values ('${acme}', 1, 'forge'), ('${zeta}', 3, 'feed');
  grant usage on schema public to ${role}, ${reports};
  grant select, insert, update, delete, truncate, trigger on projects, tasks to ${role};
  grant select on organizations, countries, open_tasks, task_counts to ${role};
  grant insert on audit_log to ${role};
  grant usage on all sequences in schema public to ${role};
  grant select on all tables in schema public to ${reports};`

describe('a database that was written without us', () => {
  let server: TestPostgres
  let database: TestDatabase
  /** Another one of the server, which goes on needing the roles: other test files are making theirs. */
  let other: TestDatabase
  let admin: pg.Client
  let role: string
  let reports: string
  let plain: pg.Pool
  let pool: LeasedPool
  let before_: string
  const findings: AdoptionFinding[] = []
  const password = randomBytes(8).toString('hex')

  before(async () => {
    server = await startTestPostgres()
    database = await createTestDatabase(server)
    admin = await database.connect()
    role = `${database.name}_app`
    reports = `${database.name}_reports`
    for (const name of [role, reports]) await admin.query(`create role ${name} login password '${password}'`)
    await admin.query(schema(role, reports))
    before_ = await snapshot()
    other = await createTestDatabase(server)
    const inOther = await other.connect()
    await installIsolation(inOther, { keys: [] })
    await grantRelayRole(inOther)
    await inOther.end()
    const reach = { host: server.host, port: server.port, database: database.name, password, max: 2 }
    plain = new pg.Pool({ ...reach, user: reports })
    pool = new LeasedPool({
      ...reach,
      user: role,
      tenantKeys: {
        tenantKey({ context }: Scope) {
          const claims = { tenant: context.tenant.id, role, kid, expiresAtMs: Date.now() + 60_000 }
          if (claims.tenant === 'nobody') return Promise.reject(new Error('no key'))
          return { database: database.name, key: deriveTenantKey(key, claims), ...claims }
        },
      },
      adopting: { report: (finding) => findings.push(finding) },
    })
    pool.on('error', () => undefined)
  })
  after(async () => {
    await Promise.all([pool.end(), plain.end()])
    await admin.end()
    await database.drop()
    await other.drop()
    const cleaner = await (await createTestDatabase(server)).connect()
    await cleaner.query(`drop role ${role}; drop role ${reports}`)
    await cleaner.end()
    await server.stop()
  })
  beforeEach(() => findings.splice(0))

  const target = () => ({ schema: 'public', column: 'organization_id', role })
  const adopt = async () =>
    adoptDatabase(admin, await planAdoption(admin, target()), { keys: [{ kid, key }] })
  const names = (text = 'select name from projects order by name') =>
    pool.query<{ name: string }>(text).then(({ rows }) => rows.map(({ name }) => name))
  const told = () => findings.map(({ kind, table, loud }) => ({ kind, table, loud }))

  /** Everything of a catalog that we could leave something in. */
  async function snapshot(): Promise<string> {
    const { rows } = await admin.query(
      `select json_build_array(
         (select json_agg(json_build_array(c.oid::regclass, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relacl) order by c.oid)
            from pg_class c where c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)),
         (select json_agg(nspname || coalesce(nspacl::text, '') order by nspname) from pg_namespace where nspname !~ '^pg_(temp|toast)'),
         (select json_agg(proname || coalesce(proacl::text, '') order by oid) from pg_proc where pronamespace <> 'information_schema'::regnamespace),
         (select json_agg(polname) from pg_policy),
         (select json_agg(attrelid::regclass || attname order by attrelid, attnum) from pg_attribute where attrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)),
         (select count(*) from pg_largeobject_metadata),
         (select json_agg(lanname || coalesce(lanacl::text, '') order by lanname) from pg_language),
         (select datacl::text from pg_database where datname = current_database())) as all`,
    )
    return JSON.stringify(rows, undefined, 1)
  }

  const assertSame = (actual: string, expected: string) =>
    assert.deepEqual(actual.split('\n'), expected.split('\n'))

  it('is planned: the tables with the column, and by name what cannot be protected, and why', async () => {
    const plan = await planAdoption(admin, target())
    assert.deepEqual(
      plan.tables.map(({ name, type }) => [name, type]),
      [
        ['projects', 'uuid'],
        ['tasks', 'uuid'],
      ],
    )
    const gaps = plan.gaps.map(({ severity, object, why }) => `${severity} ${object} ${why}`)
    for (const expected of [
      /hole public.audit_log has no such column/,
      /hole public.open_tasks reads with the rights of its owner/,
      /hole public.task_counts holds rows of all tenants/,
      /hole public.projects can be truncated/,
      /hole public.tasks takes triggers of the service's own/,
      /hole all_names\(\) runs with the rights of postgres/,
      /weaker public.countries has no such column, and the service reads it/,
      /weaker public.tasks the unique index tasks_title_key/,
      /weaker public.tasks the foreign key tasks_project_id_fkey takes rows of any tenant/,
    ]) {
      assert.ok(
        gaps.some((gap) => expected.test(gap)),
        `${expected} in\n${gaps.join('\n')}`,
      )
    }
    assert.equal(await snapshot(), before_, 'a plan changes nothing')
  })

  it('is refused by name where role, schema or column are not there', async () => {
    for (const [changes, code] of [
      [{ role: 'nobody-here' }, 'ADOPT_NO_ROLE'],
      [{ schema: 'elsewhere' }, 'ADOPT_NO_SCHEMA'],
      [{ column: 'company' }, 'ADOPT_NO_TABLE'],
    ] as const) {
      await assert.rejects(planAdoption(admin, { ...target(), ...changes }), { code })
    }
    await assert.rejects(switchAdoption(admin, 'warn'), { code: 'ADOPT_NO_TABLE' })
  })

  it('runs on as it was while it is observed, and what would have been refused or filtered is told with its place', async () => {
    await adopt()
    assert.deepEqual(await names(), ['anvil', 'rocket', 'zoo'])
    assert.deepEqual(told(), [
      { kind: 'no-scope', table: undefined, loud: false },
      { kind: 'rows-read', table: 'public.projects', loud: false },
    ])
    assert.match(findings[1]?.callSite ?? '', /adoption\.test\.ts:\d+:\d+$/)
    findings.splice(0)
    assert.deepEqual(await asTenant(acme, () => names()), ['anvil', 'rocket', 'zoo'])
    assert.deepEqual(told(), [{ kind: 'rows-read', table: 'public.projects', loud: false }])
    findings.splice(0)
    const own = `select name from projects where organization_id = '${acme}' order by name`
    assert.deepEqual(await asTenant(acme, () => names(own)), ['anvil', 'rocket'])
    await asTenant(acme, () => pool.query('insert into audit_log (line) values ($1)', ['x']))
    assert.deepEqual(told(), [], 'a service that filters by itself is told nothing')
    await asTenant(acme, () =>
      pool.query(`insert into tasks (organization_id, project_id, title) values ('${zeta}', 3, 'clean')`),
    )
    assert.deepEqual(told(), [{ kind: 'rows-written', table: 'public.tasks', loud: false }])
  })

  it('runs on for a tenant of whom there is no key, or whose id is none of the column’s', async () => {
    assert.equal((await asTenant('nobody', () => names())).length, 3)
    assert.ok(findings.some(({ kind }) => kind === 'no-key'))
    assert.equal((await asTenant('acme', () => names())).length, 3)
  })

  it('runs on when a key cannot be renewed in the middle of a checkout, and only there where it is not enforced', async () => {
    let asked = 0
    const dying = new LeasedPool({
      ...{ host: server.host, port: server.port, database: database.name, user: role, password, max: 1 },
      adopting: { report: (finding) => findings.push(finding) },
      tenantKeys: {
        async tenantKey({ context }) {
          if (asked++ > 0) throw new Error('the token service is down')
          const claims = { tenant: context.tenant.id, role, kid, expiresAtMs: Date.now() + 5_000 }
          return { database: database.name, key: deriveTenantKey(key, claims), ...claims }
        },
      },
    })
    try {
      const read = () => asTenant(acme, () => dying.query('select name from projects'))
      await switchAdoption(admin, 'observe')
      assert.equal((await read()).rowCount, 3)
      assert.deepEqual(told()[0], { kind: 'no-key', table: undefined, loud: false })
      assert.match(findings[0]?.callSite ?? '', /adoption\.test\.ts/)
      await switchAdoption(admin, 'enforce')
      asked = 0
      await assert.rejects(read(), { code: 'LEASE_MISSING' })
    } finally {
      await switchAdoption(admin, 'observe')
      await dying.end()
    }
  })

  it('takes away what was left outside every scope before a tenant’s statement runs', async () => {
    const clients = await Promise.all([pool.connect(), pool.connect()])
    for (const client of clients) await client.query(`set timezone = 'Asia/Tokyo'`)
    for (const client of clients) client.release()
    const zone = () => pool.query<{ TimeZone: string }>('show timezone').then(({ rows }) => rows[0]?.TimeZone)
    assert.equal(await zone(), 'Asia/Tokyo')
    for (const _ of clients) assert.notEqual(await asTenant(acme, zone), 'Asia/Tokyo')
  })

  it('tells it as a warning in mode `warn`, for each statement', async () => {
    await switchAdoption(admin, 'warn')
    for (const _ of [1, 2]) assert.equal((await asTenant(acme, () => names())).length, 3)
    assert.deepEqual(told(), Array(2).fill({ kind: 'rows-read', table: 'public.projects', loud: true }))
  })

  it('is enforced table by table, on connections that are open, at their next statement', async () => {
    const client = await asTenant(acme, () => pool.connect())
    const read = () => asTenant(acme, () => names())
    assert.equal((await read()).length, 3)
    await switchAdoption(admin, 'enforce', { tables: ['projects'] })
    assert.deepEqual(await read(), ['anvil', 'rocket'])
    assert.deepEqual(await asTenant(zeta, () => names()), ['zoo'])
    await assert.rejects(names(), { code: 'LEASE_MISSING' })
    assert.equal((await asTenant(acme, () => pool.query('select * from tasks'))).rowCount, 3, 'tasks warn')
    client.release()
    assert.deepEqual(
      (await readAdoption(admin)).map(({ name, mode }) => [name, mode]),
      [
        ['projects', 'enforce'],
        ['tasks', 'warn'],
      ],
    )
  })

  it('enforced, keeps `where` clauses that name the tenant, and refuses or filters what is another’s', async () => {
    await switchAdoption(admin, 'enforce')
    await asTenant(acme, async () => {
      assert.deepEqual(
        await names(`select name from projects where organization_id = '${acme}' and id = 1`),
        ['anvil'],
      )
      assert.deepEqual(await names(`select name from projects where organization_id = '${zeta}'`), [])
      const insert = (organization: string) =>
        pool.query('insert into projects (organization_id, name) values ($1, $2) returning id', [
          organization,
          'new',
        ])
      assert.equal((await insert(acme)).rowCount, 1)
      await assert.rejects(insert(zeta), { code: '42501' })
      // Without `returning`: there the condition of reading would refuse it as well.
      const unread = `insert into projects (organization_id, name) values ('${zeta}', 'unread')`
      await assert.rejects(pool.query(unread), { code: '42501' })
      assert.equal((await pool.query(`update projects set name = 'x' where id = 3`)).rowCount, 0)
      await assert.rejects(pool.query(`update projects set organization_id = '${zeta}' where name = 'new'`), {
        code: '42501',
      })
      assert.equal((await pool.query(`delete from projects where name in ('new', 'zoo')`)).rowCount, 1)
    })
    await assert.rejects(
      asTenant('acme', () => names()),
      { code: '22P02' },
    )
  })

  it('leaves every role but the service’s where it was, in every mode', async () => {
    assert.equal((await plain.query('select * from projects')).rowCount, 3)
    assert.equal((await admin.query('select * from projects')).rowCount, 3)
  })

  it('says for each role what becomes of requests that are for no tenant, and switches it alone or with the tables', async () => {
    const reach = { host: server.host, port: server.port, user: role, password }
    const mode = createRequestModeSource({ ...reach, database: database.name })
    const modes = async () => [await mode(), (await readRequestModes(admin)).get(role)]
    assert.deepEqual(await modes(), ['enforce', 'enforce'])
    await switchAdoption(admin, 'warn', { requests: true })
    assert.deepEqual(await modes(), ['warn', 'warn'])
    assert.deepEqual(new Set((await readAdoption(admin)).map((table) => table.mode)), new Set(['enforce']))
    await switchAdoption(admin, 'observe', { tables: ['tasks'] })
    assert.deepEqual(await modes(), ['warn', 'warn'])
    await switchAdoption(admin, 'enforce')
    assert.deepEqual(await modes(), ['enforce', 'enforce'])
    const other = createRequestModeSource({ ...reach, database: 'postgres' })
    assert.equal(await other(), 'observe', 'where nothing was adopted, everything runs')
    await assert.rejects(plain.query('select * from tenantry.adopted_roles'), { code: '42501' })
  })

  it('can be enforced only where there is a key, and is adopted again without losing its modes', async () => {
    await adoptDatabase(admin, await planAdoption(admin, target()))
    assert.deepEqual(new Set((await readAdoption(admin)).map(({ mode }) => mode)), new Set(['enforce']))
    await adoptDatabase(admin, await planAdoption(admin, target()), { keys: [] })
    await assert.rejects(switchAdoption(admin, 'enforce'), { code: 'ADOPT_NO_KEY' })
  })

  it('is not adopted for a second role: it would be left where it was', async () => {
    const plan = await planAdoption(admin, { ...target(), role: reports })
    await assert.rejects(adoptDatabase(admin, plan), { code: 'ADOPT_OTHER_ROLE' })
  })

  it('is given back as it was: no trace is left', async () => {
    await admin.query('delete from tasks where title = $1', ['clean'])
    await undoAdoption(admin)
    assertSame(await snapshot(), before_)
    assert.equal((await names()).length, 3)
    await undoAdoption(admin)
  })

  it('keeps the policies that a table had, and gives back FORCE as it was', async () => {
    await admin.query(`alter table projects enable row level security; alter table projects owner to ${role};
      create policy theirs on projects using (name <> 'rocket')`)
    const before = await snapshot()
    const plan = await planAdoption(admin, target())
    assert.ok(
      plan.gaps.some(
        ({ object, why }) => object === 'public.projects' && /could switch the policy off/.test(why),
      ),
    )
    await adopt()
    await switchAdoption(admin, 'enforce')
    assert.deepEqual(await asTenant(acme, () => names()), ['anvil'], 'both policies bind, the owner too')
    await undoAdoption(admin)
    assertSame(await snapshot(), before)
  })

  it('takes numbers and texts for tenants, and tells of rows whose tenant is none', async () => {
    await admin.query(`create table numbers (tenant_no int, name text); insert into numbers values (42, 'a'), (7, 'b'), (null, 'c'), (-1, 'd');
      create table texts (tenant_no varchar(20), name text); insert into texts values ('42', 'a'), ('Acme Inc', 'b');
      create table dates (tenant_no date);
      grant select, insert on numbers, texts, dates to ${role}`)
    const plan = await planAdoption(admin, { ...target(), column: 'tenant_no' })
    const gaps = plan.gaps.map(({ object, why }) => `${object} ${why}`)
    for (const expected of [
      'public.numbers rows without a tenant, which nobody will see: 1',
      'public.numbers rows of a tenant whose id cannot be one: 1',
      'public.texts rows of a tenant whose id cannot be one: 1',
      'public.dates has the column as date',
    ]) {
      assert.ok(gaps.includes(expected), `${expected} in\n${gaps.join('\n')}`)
    }
    await adoptDatabase(admin, plan, { keys: [{ kid, key }] })
    await switchAdoption(admin, 'enforce')
    for (const table of ['numbers', 'texts']) {
      assert.deepEqual(await asTenant('42', () => names(`select name from ${table}`)), ['a'])
    }
    await undoAdoption(admin)
  })
})
