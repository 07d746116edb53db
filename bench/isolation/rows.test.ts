import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestPostgres, type TestPostgres } from '../../tools/test-postgres.ts'
import { rowsAgainstPlainPg } from './against-plain-pg.ts'
import { type BenchDatabase, createBenchDatabase, tenantName } from './bench-database.ts'
import { requireRows } from './require-rows.ts'
import { rowsOfMany } from './rows-of-many.ts'
import { tinySizes } from './sizes.ts'

describe('the isolation bench', () => {
  let server: TestPostgres
  let database: BenchDatabase
  before(async () => {
    server = await startTestPostgres()
    database = await createBenchDatabase(server, { sizes: tinySizes, seed: 1, poolMax: 2 })
  })
  after(async () => {
    await database?.remove()
    await server.stop()
  })

  for (const row of [...rowsAgainstPlainPg, ...rowsOfMany]) {
    it(`runs \`${row.row}\` in both ways`, async () => {
      const { ours, peer } = await row.open(database)
      for (let round = 0; round < 5; round++) await Promise.all([ours(), peer(), ours(), peer()])
    })
  }

  it('gives both ways the same rows', async () => {
    for (const table of ['customers', 'items']) {
      const tenant = tenantName(2)
      const ours = await database.asTenant(tenant, () =>
        database.leased.query(`select id, name from ${table} order by id`),
      )
      const peer = await database.plain.query(
        `select id, name from ${table} where tenant_id = $1 order by id`,
        [tenant],
      )
      assert.equal(ours.rows.length, tinySizes.rowsPerTenant)
      assert.deepEqual(ours.rows, peer.rows)
    }
  })

  it('gives both ways the same indexes', async () => {
    const { rows } = await database.admin.query<{ schema: string; columns: string }>(
      `select n.nspname as schema, string_agg(c.relname || ' ' || keys, ', ' order by c.relname, keys) as columns
       from pg_index x join pg_class c on c.oid = x.indrelid join pg_namespace n on n.oid = c.relnamespace,
       lateral (select string_agg(replace(a.attname, 'tenantry_tenant', 'tenant_id'), ' ' order by k.at) as keys
         from unnest(x.indkey) with ordinality k(num, at) join pg_attribute a on a.attrelid = c.oid and a.attnum = k.num) i
       where n.nspname = any ($1) and c.relname not like 'of\\_%' group by n.nspname`,
      [Object.values(database.schemas)],
    )
    assert.equal(rows.length, 3)
    assert.equal(new Set(rows.map(({ columns }) => columns)).size, 1, JSON.stringify(rows, null, 2))
  })

  it('stops at an answer with another number of rows', () => {
    assert.throws(() => requireRows({ rowCount: 0 }, 1), /0 rows where there should be 1/)
  })
})
