import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
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
  type AdoptionTarget,
  adoptDatabase,
  auditAdoption,
  deriveTenantKey,
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

describe('databases as they are found', () => {
  let server: TestPostgres
  let database: TestDatabase
  let admin: pg.Client
  let pools: pg.Pool[] = []
  let findings: AdoptionFinding[] = []
  /** Two services' roles, one of a name that has to be quoted. */
  let orders: string
  let bills: string
  const password = randomBytes(8).toString('hex')

  before(async () => {
    // What gives back the last of a database takes the roles, which other files' databases are about to need.
    server = await startTestPostgres({ own: true })
  })
  after(() => server.stop())
  beforeEach(async () => {
    database = await createTestDatabase(server)
    admin = await database.connect()
    orders = `${database.name}_orders`
    bills = `${database.name} "Bills" user`
    for (const role of [orders, bills])
      await admin.query(`create role ${pg.escapeIdentifier(role)} login password '${password}'`)
    findings = []
  })
  afterEach(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    pools = []
    await admin.end()
    await database.drop()
    const cleaner = new pg.Client({ ...server, database: 'postgres' })
    await cleaner.connect()
    for (const role of [orders, bills]) await cleaner.query(`drop role ${pg.escapeIdentifier(role)}`)
    await cleaner.end()
  })

  function poolOf(role: string): LeasedPool {
    const pool = new LeasedPool({
      ...{ host: server.host, port: server.port, database: database.name, user: role, password, max: 2 },
      tenantKeys: {
        async tenantKey({ context }: Scope) {
          const claims = { tenant: context.tenant.id, role, kid, expiresAtMs: Date.now() + 60_000 }
          return { database: database.name, key: deriveTenantKey(key, claims), ...claims }
        },
      },
      adopting: { report: (finding) => findings.push(finding) },
    })
    pool.on('error', () => undefined)
    pools.push(pool)
    return pool
  }

  const adopt = async (target: AdoptionTarget) =>
    adoptDatabase(admin, await planAdoption(admin, target), { keys: [{ kid, key }] })
  const gapsOf = async (target: AdoptionTarget) =>
    (await planAdoption(admin, target)).gaps.map(
      ({ severity, object, why }) => `${severity} ${object} ${why}`,
    )
  const modes = async () =>
    Object.fromEntries(
      (await readAdoption(admin)).map(({ schema, name, mode }) => [`${schema}.${name}`, mode]),
    )
  const traces = async () => {
    const { rows } = await admin.query(
      `select (select count(*)::int from pg_policy) as policies, to_regnamespace('tenantry') as schema,
         (select count(*)::int from pg_class where relrowsecurity) as secured`,
    )
    return rows[0]
  }

  it('are adopted by quoted names of role, schema, table and column, and in partitions', async () => {
    await admin.query(`create schema "My Shop";
      create table "My Shop"."The ""Order""s" ("user" int, name text) partition by range ("user");
      create table "My Shop"."select" partition of "My Shop"."The ""Order""s" for values from (0) to (50);
      create table "My Shop".late partition of "My Shop"."The ""Order""s" default;
      insert into "My Shop"."The ""Order""s" values (42, 'mine'), (7, 'theirs'), (77, 'late'), (null, 'nobody''s');
      grant usage on schema "My Shop" to ${pg.escapeIdentifier(bills)};
      grant select, insert on all tables in schema "My Shop" to ${pg.escapeIdentifier(bills)}`)
    const target = { schema: 'My Shop', column: 'user', role: bills }
    await adopt(target)
    const pool = poolOf(bills)
    const read = async (tenant: string, from: string) =>
      (await asTenant(tenant, () => pool.query(`select name from "My Shop".${from} order by 1`))).rows.map(
        ({ name }) => name,
      )
    const whole = `"The ""Order""s"`
    assert.equal((await read('42', whole)).length, 4)
    assert.deepEqual(
      findings.map(({ kind, table }) => [kind, table]),
      [['rows-read', `"My Shop"."The ""Order""s"`]],
    )
    await switchAdoption(admin, 'enforce', { part: target, tables: [`The "Order"s`] })
    await switchAdoption(admin, 'enforce', { part: target })
    assert.deepEqual(await read('42', whole), ['mine'])
    assert.deepEqual(await read('77', whole), ['late'])
    assert.deepEqual(await read('7', '"select"'), ['theirs'])
    assert.deepEqual(await read('42', 'late'), [])
    assert.equal((await readRequestModes(admin)).get(bills), 'enforce')
    await undoAdoption(admin)
    assert.deepEqual(await traces(), { policies: 0, schema: null, secured: 0 })
  })

  it('know no tenant whose id only reads as the column’s value', async () => {
    await admin.query(`create table numbers (organization_id bigint, name text); insert into numbers values (42, 'a');
      create table ids (organization_id uuid, name text); insert into ids values ('${acme}', 'a');
      grant select on numbers, ids to ${orders}`)
    await adopt({ schema: 'public', column: 'organization_id', role: orders })
    await switchAdoption(admin, 'enforce')
    const pool = poolOf(orders)
    const count = async (tenant: string, table: string) =>
      (await asTenant(tenant, () => pool.query(`select from ${table}`))).rowCount
    assert.equal(await count('42', 'numbers'), 1)
    await assert.rejects(pool.query(`select from numbers where name = 'nobody''s'`), {
      code: 'LEASE_MISSING',
    })
    for (const other of ['042', '0x2a', '0b101010', '0o52'])
      assert.equal(await count(other, 'numbers'), 0, other)
    assert.equal(await count(acme, 'ids'), 1)
    assert.equal(await count(acme.replaceAll('-', ''), 'ids'), 0)
  })

  it('of two services, are switched, audited and given back for one without the other', async () => {
    await admin.query(`create table orders (organization_id uuid, name text);
      insert into orders values ('${acme}', 'a'), ('${zeta}', 'z');
      create schema bill; create table bill.orders (organization_id uuid, name text);
      insert into bill.orders values ('${acme}', 'a'), ('${zeta}', 'z');
      grant usage on schema bill to ${pg.escapeIdentifier(bills)};
      grant select on orders to ${orders}; grant select on bill.orders to ${pg.escapeIdentifier(bills)}`)
    const first = { schema: 'public', column: 'organization_id', role: orders }
    const second = { schema: 'bill', column: 'organization_id', role: bills }
    await adopt(first)
    await adopt(second)
    await switchAdoption(admin, 'enforce', { part: first })
    assert.deepEqual(await modes(), { 'public.orders': 'enforce', 'bill.orders': 'observe' })
    assert.deepEqual(
      await readRequestModes(admin),
      new Map([
        [bills, 'observe'],
        [orders, 'enforce'],
      ]),
    )
    await switchAdoption(admin, 'warn', { part: second, tables: ['orders'] })
    assert.deepEqual(await modes(), { 'public.orders': 'enforce', 'bill.orders': 'warn' })
    // A policy holds the role that it is for, and nobody else.
    await admin.query(`grant select on orders to ${pg.escapeIdentifier(bills)}`)
    const { findings: open } = await auditAdoption(admin, { ...first, role: bills })
    assert.ok(open.some(({ name, object }) => name === 'NOT_ENFORCED' && object === 'public.orders'))

    await undoAdoption(admin, second)
    assert.deepEqual(await modes(), { 'public.orders': 'enforce' })
    const pool = poolOf(orders)
    assert.equal((await asTenant(acme, () => pool.query('select from orders'))).rowCount, 1)
    await assert.rejects(switchAdoption(admin, 'enforce', { part: second }), { code: 'ADOPT_NO_TABLE' })
    await undoAdoption(admin, first)
    assert.deepEqual(await traces(), { policies: 0, schema: null, secured: 0 })
  })

  it('keep what was adopted through new names, and tell of a policy that somebody took away', async () => {
    await admin.query(`create table projects (organization_id uuid, name text);
      create table tasks (organization_id uuid, name text);
      insert into projects values ('${acme}', 'a'), ('${zeta}', 'z');
      grant select on projects, tasks to ${orders}`)
    const target = { schema: 'public', column: 'organization_id', role: orders }
    const adoptOnly = async (...only: string[]) =>
      adoptDatabase(admin, await planAdoption(admin, target), { keys: [{ kid, key }], only })
    await assert.rejects(adoptOnly('projects', 'nothing'), { code: 'ADOPT_NO_TABLE' })
    await adoptOnly('projects')
    assert.deepEqual(await modes(), { 'public.projects': 'observe' })
    await adopt(target)
    await switchAdoption(admin, 'enforce')
    const pool = poolOf(orders)
    await admin.query(`alter table projects rename to plans; alter table plans rename organization_id to org;
      alter role ${orders} rename to ${orders}_2; alter role ${orders}_2 rename to ${orders}`)
    assert.deepEqual(await modes(), { 'public.plans': 'enforce', 'public.tasks': 'enforce' })
    await switchAdoption(admin, 'observe', { tables: ['plans'] })
    assert.equal((await asTenant(acme, () => pool.query('select from plans'))).rowCount, 2)
    await switchAdoption(admin, 'enforce')
    assert.equal((await asTenant(acme, () => pool.query('select from plans'))).rowCount, 1)

    for (const deed of [
      'drop policy tenantry_adopted on tasks',
      'alter table tasks disable row level security',
    ]) {
      await admin.query(deed)
      const { findings: open } = await auditAdoption(admin, target)
      assert.ok(
        open.some(({ name, object }) => name === 'NOT_ENFORCED' && object === 'public.tasks'),
        deed,
      )
      await adopt(target)
      assert.deepEqual(await modes(), { 'public.plans': 'enforce', 'public.tasks': 'observe' })
      assert.equal((await admin.query('select from tasks')).rowCount, 0)
    }
    await admin.query('alter table tasks disable row level security')
    await undoAdoption(admin)
    assert.deepEqual(await traces(), { policies: 0, schema: null, secured: 0 })
  })

  it('are told of with what the service reaches in other schemas, and without what an extension brought', async () => {
    await admin.query(`create table projects (organization_id uuid, name text); grant select on projects to ${orders};
      create extension pg_stat_statements; create view counts as select count(*) from projects; grant select on counts to ${orders};
      create schema old; create table old.archive (organization_id uuid, name text); create table old.log (line text);
      create view old.everything as select * from projects; create materialized view old.counts as select 1;
      create schema closed; create table closed.archive (organization_id uuid);
      create foreign data wrapper nowhere; create server nowhere foreign data wrapper nowhere;
      create foreign table far (organization_id uuid) server nowhere;
      grant usage on schema old to ${orders}; grant select on all tables in schema old to ${orders};
      grant select on far, closed.archive to ${orders}`)
    const target = { schema: 'public', column: 'organization_id', role: orders }
    const gaps = await gapsOf(target)
    for (const expected of [
      'hole old.archive has the column, and is in another schema',
      'weaker old.log has no such column, and the service reads it',
      'hole public.counts reads with the rights of its owner',
      'hole old.everything reads with the rights of its owner',
      'hole old.counts holds rows of all tenants',
      'hole public.far is a foreign table',
    ])
      assert.ok(gaps.includes(expected), `${expected} in\n${gaps.join('\n')}`)
    assert.ok(!gaps.some((gap) => gap.includes('closed.archive')), 'no right to a schema, none to its tables')
    assert.ok(
      !gaps.some((gap) => gap.includes('pg_stat_statements')),
      'views of an extension are of no table',
    )
    await adopt({ ...target, schema: 'old' })
    assert.ok(!(await gapsOf(target)).some((gap) => gap.includes('old.archive')), 'adopted by now')
  })

  it('are told of by each index that the service’s searches lose, and no other', async () => {
    const searches = {
      docs_words: `to_tsvector('simple', body) @@ 'word'::tsquery`,
      docs_prefix: `body like 'word%'`,
      docs_lower: `lower(body) = 'word'`,
      docs_more: `more @> '{"a": 1}'`,
      docs_price: 'price = 1.5',
      docs_body: `body = 'word'`,
      docs_at: `at > now()`,
      docs_pkey: 'id = 5',
      docs_tenant: 'organization_id = 7',
    }
    await admin.query(`create table docs (id int, organization_id int, body text, more jsonb, price numeric, at timestamptz,
        constraint docs_pkey primary key (id));
      create index docs_words on docs using gin (to_tsvector('simple', body));
      create index docs_prefix on docs (body text_pattern_ops); create index docs_lower on docs (lower(body));
      create index docs_more on docs using gin (more); create index docs_price on docs (price);
      create index docs_body on docs (body); create index docs_at on docs (at); create index docs_tenant on docs (organization_id);
      grant select on docs to ${orders}`)
    const target = { schema: 'public', column: 'organization_id', role: orders }
    const used = async () => {
      const found: string[] = []
      await admin.query(`set enable_seqscan = off; set role ${orders}`)
      for (const [index, condition] of Object.entries(searches)) {
        const { rows } = await admin.query<{ 'QUERY PLAN': string }>(
          `explain (costs off) select * from docs where ${condition}`,
        )
        // Two indexes answer what one column equals.
        const by = rows.some((row) => /Index Cond/.test(row['QUERY PLAN']))
        if (by) found.push(index)
      }
      await admin.query('reset role')
      return found
    }
    assert.deepEqual(await used(), Object.keys(searches))
    const told = (await gapsOf(target)).flatMap((gap) => /the index (\w+) finds nothing/.exec(gap)?.[1] ?? [])
    assert.deepEqual(told, ['docs_lower', 'docs_more', 'docs_prefix', 'docs_price', 'docs_words'])
    await adopt(target)
    assert.deepEqual(
      await used(),
      Object.keys(searches).filter((index) => !told.includes(index)),
    )
  })

  it('are left as they are when a table is in use, rather than that everybody waits', async () => {
    await admin.query(`create table projects (organization_id uuid); grant select on projects to ${orders}`)
    const report = await database.connect()
    await report.query('begin; lock table projects in access share mode')
    const target = { schema: 'public', column: 'organization_id', role: orders }
    await assert.rejects(adopt(target), { code: 'ADOPT_BUSY' })
    await report.query('commit')
    await report.end()
    assert.deepEqual(await modes(), {})
    await adopt(target)
    assert.deepEqual(await modes(), { 'public.projects': 'observe' })
  })
})
