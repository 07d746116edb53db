import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Client } from 'pg'
import {
  asCentral,
  asTenant,
  createIsolatedDatabase,
  type IsolatedDatabase,
} from '../../test/isolated-database.ts'
import { centralRoleOf, migrateService } from '../index.ts'

const first = {
  name: '001_things.sql',
  sql: 'create table things (id uuid primary key default gen_random_uuid(), name text not null)',
}
const mail = {
  name: 'mail',
  sql: 'create table mail (id bigint generated always as identity primary key)',
  serviceGrants: ['insert'],
  relayGrants: ['select'],
} as const

describe('protection', () => {
  let database: IsolatedDatabase
  before(async () => {
    database = await createIsolatedDatabase([first], [mail])
    const pool = database.pool({ max: 1 })
    for (const tenant of ['a', 'b']) {
      await asTenant(tenant, () => pool.query('insert into things (name) values ($1)', [`of ${tenant}`]))
    }
  })
  after(() => database.remove())

  const applied = [first]
  const migrate = (sql: string) => {
    // What the text shows is refused before it runs; what a block hides has to be found in the catalog.
    const hidden = `do $$ begin ${sql}; end $$`
    const next = { name: `${applied.length + 1}.sql`, sql: hidden }
    const options = { service: 'shop', migrations: [...applied, next], systemTables: [mail] }
    return migrateService(database.admin, options).then(() => void applied.push(next))
  }

  it('is restored after a migration that weakened it', async () => {
    const pool = database.pool()
    for (const sql of [
      'alter policy tenantry_isolation on things using (true) with check (true)',
      'alter policy tenantry_isolation on things to tenantry_owner',
      'drop policy tenantry_isolation on things; create policy tenantry_isolation on things using (true)',
      'alter policy tenantry_isolation on things using (true)',
      'alter policy tenantry_isolation on things with check (true)',
      'drop policy tenantry_isolation on things',
      'alter table things disable row level security, no force row level security',
      "execute 'alter table things alter tenantry' || '_tenant set default ''b'''; alter policy tenantry_isolation on mail using (true)",
      "execute 'alter table things alter tenantry' || '_tenant drop not null'",
    ]) {
      await migrate(sql)
      const seen = await asTenant('a', () => pool.query('select name from things'))
      assert.deepEqual(seen.rows, [{ name: 'of a' }], sql)
      const foreign = asTenant('a', () =>
        pool.query("insert into things (name, tenantry_tenant) values ('x', 'b')"),
      )
      await assert.rejects(foreign, { code: '42501' }, sql)
    }
  })

  it('is restored for central work as well, which reads by the check and by nothing else', async () => {
    const pool = database.pool({ central: await database.grantCentral() })
    const unleased = new Client({
      ...database.credentials,
      user: centralRoleOf(database.role),
    })
    await unleased.connect()
    for (const sql of [
      'alter policy tenantry_central on things using (true)',
      'drop policy tenantry_central on things',
      'drop policy tenantry_central on things; create policy tenantry_central on things as restrictive for select to tenantry_central using (true)',
      `grant all on things, mail to ${centralRoleOf(database.role)}`,
    ]) {
      await migrate(sql)
      const { rows } = await asCentral(() => pool.query('select name from things order by 1'))
      assert.deepEqual(rows, [{ name: 'of a' }, { name: 'of b' }], sql)
      await assert.rejects(unleased.query('select name from things'), { code: 'TN001' }, sql)
      await assert.rejects(unleased.query('select * from mail'), { code: '42501' }, sql)
    }
    const { rows } = await database.admin.query(
      `select has_table_privilege($1, 'shop.things', 'insert, update, delete, truncate, references, trigger') as writes`,
      [centralRoleOf(database.role)],
    )
    assert.deepEqual(rows, [{ writes: false }])
    await unleased.end()
  })

  it('is refused by name where a migration lets others in', async () => {
    const forms: [string, string][] = [
      ['create policy tenantry_relay on things using (true)', 'policy `tenantry_relay`'],
      ['alter policy tenantry_relay on mail to public', 'policy `tenantry_relay`'],
      ['alter policy tenantry_central on things to tenantry_service', 'policy `tenantry_central`'],
      [
        'create policy tenantry_central on mail for select to tenantry_central using (true)',
        'policy `tenantry_central`',
      ],
      [
        'drop policy tenantry_central on things; create policy tenantry_central on things to tenantry_central using (true)',
        'policy `tenantry_central`',
      ],
      ['grant select on things to tenantry_central', 'granted table `things`'],
      ['grant truncate on things to public', 'granted table `things`'],
      ['grant all on things to tenantry_service', 'granted table `things`'],
      ['grant select on things to tenantry_relay', 'granted table `things`'],
      ['grant update on all sequences in schema shop to tenantry_service', 'granted table `mail_id_seq`'],
      ['grant select (id) on mail to tenantry_service', 'granted column `mail.id`'],
      ['grant create on schema shop to tenantry_service', 'granted schema `shop`'],
      [
        'alter default privileges in schema shop grant select on tables to public',
        'default privileges `tenantry_owner`',
      ],
    ]
    for (const [sql, name] of forms) {
      const message = `\`shop/${applied.length + 1}.sql:1\`: ${name} cannot be protected`
      const expected = { code: 'PROTECT_UNSUPPORTED', message }
      await assert.rejects(migrate(sql), expected, sql)
    }
  })

  it('takes back from the service’s own role what a migration gave it', async () => {
    await migrate(`grant all on things, mail to ${database.role}`)
    const { rows } = await database.admin.query(
      `select has_table_privilege($1, 'shop.things', 'truncate, references, trigger') as things,
         has_table_privilege($1, 'shop.mail', 'select, update, delete, truncate') as mail`,
      [database.role],
    )
    assert.deepEqual(rows, [{ things: false, mail: false }])
  })
})
