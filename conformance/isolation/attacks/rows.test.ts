import assert from 'node:assert/strict'
import { text as readText } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { type CopyToStreamQuery, to } from 'pg-copy-streams'
import {
  attack,
  attackInVain,
  canaryOf,
  connectLeased,
  foreign,
  own,
  plantCanaries,
  readForeign,
  requireNothingForeign,
  requireRefused,
} from '../attacker.ts'
import { createPlacements, type Placement, type RawClient } from '../placements.ts'
import { protectedTables } from '../schema.ts'

const tables = Object.entries(protectedTables)

const copied = (stream: CopyToStreamQuery) => readText(stream).catch(() => 'refused')

const placements = await createPlacements()
after(() => placements.remove())

for (const kind of ['pool', 'silo'] as const) {
  describe(`rows of another tenant, from a ${kind} database, with one tenant’s lease`, () => {
    let placement: Placement
    let client: RawClient

    before(async () => {
      placement = placements[kind]
      await plantCanaries(placement)
      client = await connectLeased(placement)
    })

    const foreignId = async (table: string) => {
      const { rows } = await placement.admin.query<{ id: string; at: string }>(
        `select id, ctid::text as at from shop.${table} where tenantry_tenant = $1 limit 1`,
        [foreign],
      )
      return rows[0] ?? assert.fail(`nothing is planted in ${table}`)
    }

    it('control: the canaries are there, and the attacker reads its own', async () => {
      for (const [table, column] of tables) {
        const { rows } = await attack(client, `select ${column} as said from ${table}`)
        assert.equal(rows.length, 20, table)
        assert.ok(rows.every(({ said }) => String(said).startsWith(canaryOf(own))))
        const all = await placement.admin.query(
          `select from shop.${table} where tenantry_tenant = '${foreign}'`,
        )
        assert.equal(all.rowCount, 20, table)
      }
    })

    it('1. the role owns nothing, bypasses nothing, and every table has ENABLE and FORCE', async () => {
      const { rows } = await placement.admin.query(
        `select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
           (select count(*)::int from pg_class where relowner = r.oid) as owned,
           (select count(*)::int from pg_auth_members where member = r.oid and (set_option or admin_option)) as become
         from pg_roles r where rolname = $1`,
        [placement.role],
      )
      assert.deepEqual(rows, [
        {
          rolsuper: false,
          rolbypassrls: false,
          rolcreaterole: false,
          rolcreatedb: false,
          rolreplication: false,
          owned: 0,
          become: 0,
        },
      ])
      const unprotected = await placement.admin.query(
        `select relname from pg_class where relnamespace = 'shop'::regnamespace and relkind in ('r', 'p')
           and not (relrowsecurity and relforcerowsecurity) and relname <> 'countries'`,
      )
      assert.deepEqual(unprotected.rows, [])
    })

    it('2. `row_security = off` is an error, and reads nothing', async () => {
      for (const [table] of tables) {
        await requireRefused(placement, client, `set row_security = off; select * from ${table}`, ['42501'])
      }
      await client.query('reset row_security')
    })

    it('no form of a read reaches a foreign row', async () => {
      for (const [table, column] of tables) {
        for (const text of [
          `select * from ${table}`,
          `select * from shop.${table} where tenantry_tenant = '${foreign}' or true`,
          `table ${table}`,
          `select * from only ${table}`,
          `select * from ${table} tablesample system (100)`,
          `select * from ${table} tablesample bernoulli (100) repeatable (1)`,
          `select * from ${table} for update`,
          `select * from ${table} for key share skip locked`,
          `select a.* from ${table} a full join ${table} b on a.tenantry_tenant <> b.tenantry_tenant`,
          `select * from ${table} where ctid = any (array(select format('(0,%s)', n)::tid from generate_series(1, 60) n))`,
          `with x as materialized (select * from ${table}) select * from x`,
          `select (select string_agg(x::text, ',') from ${table} x)`,
          `select json_agg(x) from ${table} x`,
          `select query_to_xml('select * from ${table}', true, false, '')`,
          `select table_to_xml('shop.${table}', true, false, '')`,
          `select schema_to_xml('shop', true, false, '')`,
          `select * from ts_stat($$select to_tsvector(${column}) from ${table}$$)`,
          `declare c cursor with hold for select * from ${table}; fetch all from c; close c`,
          `select ${column} from ${table} where ${column} like 'canary-of-${foreign}%'`,
          `select ${column} from ${table} where ${column} = any (array['${canaryOf(foreign)}-1'])`,
          `explain (analyze, verbose, buffers) select * from ${table}`,
          `explain (analyze, verbose, format json) select * from ${table} where ${column} ~ 'canary'`,
        ]) {
          await attackInVain(placement, client, text)
        }
        for (const text of [`copy ${table} to stdout`, `copy (select * from ${table}) to stdout with csv`]) {
          const said = await copied(client.query(to(text)))
          requireNothingForeign({ said }, text)
          assert.ok(table === 'days' || said.includes(canaryOf(own)) || said === 'refused', text)
        }
      }
    })

    it('no form of a write reaches a foreign row, or makes one', async () => {
      const { id } = await foreignId('secrets')
      for (const text of [
        `update secrets set name = 'x'`,
        `update secrets set name = 'x' where id = '${id}'`,
        `update secrets s set name = f.name from secrets f where f.tenantry_tenant <> s.tenantry_tenant`,
        `delete from secrets`,
        `delete from codes using tickets where true`,
        `merge into secrets s using secrets o on true when matched and s.tenantry_tenant = '${foreign}' then delete`,
        `with gone as (delete from days returning *) select * from gone`,
        `update secret_names set amount = -1`,
      ]) {
        const undone = `begin; ${text}; rollback`
        await attackInVain(placement, client, undone)
      }
      for (const text of [
        `update secrets set tenantry_tenant = '${foreign}'`,
        `update parts set tenantry_tenant = '${foreign}'`,
        `insert into secrets (name, tenantry_tenant) values ('x', '${foreign}')`,
        `insert into codes (code, tenantry_tenant) values ('x', '${foreign}')`,
        `insert into days (day, what, tenantry_tenant) values ('2026-01-01', 'x', '${foreign}')`,
        `merge into codes c using (values ('x')) v(code) on false when not matched then
           insert (code, tenantry_tenant) values (v.code, '${foreign}')`,
        `insert into secrets (id, name) values ('${id}', 'x') on conflict on constraint secrets_pkey do update set name = 'x'`,
      ]) {
        await requireRefused(placement, client, text, ['42501'])
      }
    })

    it('3. views read as whoever asks, and there is no materialized one', async () => {
      const { rows } = await attackInVain(placement, client, 'select * from secret_names')
      assert.equal(rows.length, 20)
      await requireRefused(placement, client, 'create materialized view m as select * from secrets', [
        '42501',
      ])
    })

    it('4. a partition cannot be asked directly', async () => {
      for (const text of [
        'select * from days_2026',
        `insert into days_2026 (day, what) values ('2026-01-01', 'x')`,
        'delete from days_2026',
        'alter table days detach partition days_2026',
      ]) {
        await requireRefused(placement, client, text, ['42501'])
      }
    })

    it('9. nothing is copied in, truncated or locked away by rights beyond the four verbs', async () => {
      for (const [table] of tables) {
        await requireRefused(placement, client, `truncate ${table} cascade`, ['42501'])
        await requireRefused(placement, client, `alter table ${table} disable row level security`, ['42501'])
        await requireRefused(placement, client, `alter table ${table} no force row level security`, ['42501'])
        await requireRefused(placement, client, `drop policy tenantry_isolation on ${table}`, ['42501'])
        await requireRefused(placement, client, `create policy mine on ${table} using (true)`, ['42501'])
        await requireRefused(placement, client, `drop table ${table}`, ['42501'])
        await requireRefused(placement, client, `create index on ${table} (tenantry_tenant)`, ['42501'])
        await attackInVain(placement, client, `grant all on ${table} to public`)
      }
      const granted = await placement.admin.query(
        `select from pg_class c, aclexplode(c.relacl) a
         where c.relnamespace = 'shop'::regnamespace and (a.grantee = 0 or a.is_grantable and a.grantee <> c.relowner
           or a.grantee = $1::regrole and a.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'))`,
        [placement.role],
      )
      assert.equal(granted.rowCount, 0)
      await requireRefused(placement, client, `copy secrets (name) from program 'echo x'`, ['42501'])
      await requireRefused(placement, client, `copy secrets to program 'cat'`, ['42501'])
      await requireRefused(placement, client, `copy secrets to '/tmp/x'`, ['42501'])
    })

    it('11. other sessions cannot be ended, and whoever watches can end this one', async () => {
      const other = await connectLeased(placement)
      for (const end of ['pg_terminate_backend', 'pg_cancel_backend']) {
        await requireRefused(placement, client, `select ${end}(${other.processID})`, ['42501'])
      }
      // Residual: a session lifts its own timeouts. What is outside ends it.
      await other.query('set statement_timeout = 0')
      const runaway = attack(other, 'select pg_sleep(60)')
      await placement.admin.query('select pg_terminate_backend($1)', [other.processID])
      assert.equal((await runaway).code, '57P01')
    })

    it('38. what all tenants share is read, and never written', async () => {
      assert.equal((await attack(client, 'select * from countries')).rows.length, 1)
      for (const text of [
        `insert into countries values ('XX', 'x')`,
        `update countries set name = 'x'`,
        'delete from countries',
        'select * from countries for update',
        'begin; lock table countries in exclusive mode',
      ]) {
        await requireRefused(placement, client, text, ['42501'])
        await client.query('rollback')
      }
    })

    it('after all of it, foreign rows are as they were planted', async () => {
      assert.match(await readForeign(placement), /^(\w{32} ?){5}$/)
    })
  })
}
