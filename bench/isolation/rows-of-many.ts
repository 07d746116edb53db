import { type BenchDatabase, tenantName } from './bench-database.ts'
import { requireRows } from './require-rows.ts'
import type { Row } from './row.ts'

const scannedTenant = tenantName(1)

/** Where the amount of data is the point: a scan of one tenant's many rows, and one table of many tenants. */
export const rowsOfMany: readonly Row[] = [
  {
    row: 'scan',
    title: 'sequential scan of 500,000 rows',
    goal: 0.9,
    concurrency: 2,
    async open({ admin, leased, plain, asTenant, sizes, schemas }) {
      for (const [table, column] of [
        [`${schemas.service}.readings`, 'tenantry_tenant'],
        [`${schemas.shared}.readings`, 'tenant_id'],
      ]) {
        await admin.query(
          `insert into ${table} (id, amount, ${column})
           select r, r % 1000 * 7919 % 1000, '${scannedTenant}' from generate_series(1, ${sizes.scannedRows}) r`,
        )
        await admin.query(`vacuum analyze ${table}`)
      }
      const aggregate = 'select count(*), sum(amount) from readings where'
      return {
        ours: () =>
          asTenant(scannedTenant, async () =>
            requireRows(await leased.query(`${aggregate} amount % 7 = $1`, [3]), 1),
          ),
        peer: async () =>
          requireRows(
            await plain.query(`${aggregate} tenant_id = $2 and amount % 7 = $1`, [3, scannedTenant]),
            1,
          ),
      }
    },
  },
  {
    row: 'many-tenants',
    title: 'point read, 100,000 tenants in one table against 10',
    goal: 0.95,
    async open(database) {
      const { sizes } = database
      await fillShared(database, 'of_many', sizes.manyTenants)
      await fillShared(database, 'of_few', sizes.fewTenants)
      database.deriveKeys(sizes.manyTenants)
      const read = (table: string, tenants: number) => {
        const sql = `select id, name from ${table} where id = $1`
        return () => {
          const tenant = tenantName(database.random(tenants))
          const id = database.random(sizes.sharedRows / tenants)
          return database.asTenant(tenant, async () => requireRows(await database.leased.query(sql, [id]), 1))
        }
      }
      return { ours: read('of_many', sizes.manyTenants), peer: read('of_few', sizes.fewTenants) }
    },
  },
]

async function fillShared(
  { admin, schemas, sizes }: BenchDatabase,
  table: string,
  tenants: number,
): Promise<void> {
  const name = `${schemas.service}.${table}`
  await admin.query(
    `insert into ${name} (id, name, tenantry_tenant)
     select r, 'row ' || r, 't' || t
     from generate_series(1, ${sizes.sharedRows / tenants}) r, generate_series(1, ${tenants}) t`,
  )
  await admin.query(`vacuum analyze ${name}`)
}
