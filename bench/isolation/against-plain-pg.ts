import { type BenchDatabase, tenantName } from './bench-database.ts'
import { requireRows } from './require-rows.ts'
import type { Row } from './row.ts'

const itemSql = 'select id, name, price from items where id = $1'
const sharedItemSql = 'select id, name, price from items where tenant_id = $2 and id = $1'

/** Ours against plain `pg` whose every statement names the tenant by hand. */
export const rowsAgainstPlainPg: readonly Row[] = [
  {
    row: 'point-read',
    title: 'point read, one statement',
    goal: 0.8,
    open: async (database) => ({
      ours: () => {
        const { tenant, id } = pick(database)
        return database.asTenant(tenant, async () =>
          requireRows(await database.leased.query(itemSql, [id]), 1),
        )
      },
      peer: async () => {
        const { tenant, id } = pick(database)
        requireRows(await database.plain.query(sharedItemSql, [id, tenant]), 1)
      },
    }),
  },
  {
    row: 'point-read-named',
    title: 'point read, named statement',
    goal: 0.8,
    open: async (database) => ({
      ours: () => {
        const { tenant, id } = pick(database)
        const query = { name: 'item', text: itemSql, values: [id] }
        return database.asTenant(tenant, async () => requireRows(await database.leased.query(query), 1))
      },
      peer: async () => {
        const { tenant, id } = pick(database)
        const query = { name: 'item', text: sharedItemSql, values: [id, tenant] }
        requireRows(await database.plain.query(query), 1)
      },
    }),
  },
  {
    row: 'insert-10',
    title: '10-row insert, one statement',
    goal: 0.8,
    open: async (database) => {
      const entries = Array.from({ length: 10 }, (_, at) => [`entry ${at}`, at]).flat()
      const oursSql = `insert into entries (note, amount) values ${placeholders(2)}`
      const peerSql = `insert into entries (note, amount, tenant_id) values ${placeholders(3)}`
      return {
        ours: () => {
          const { tenant } = pick(database)
          return database.asTenant(tenant, async () =>
            requireRows(await database.leased.query(oursSql, entries), 10),
          )
        },
        peer: async () => {
          const { tenant } = pick(database)
          const values = Array.from({ length: 10 }, (_, at) => [`entry ${at}`, at, tenant]).flat()
          requireRows(await database.plain.query(peerSql, values), 10)
        },
      }
    },
  },
  {
    row: 'join-3',
    title: '3-table join, 10 rows',
    goal: 0.75,
    open: async (database) => {
      const columns = 'o.id, o.quantity, c.name as customer, i.name as item, i.price'
      const oursSql = `select ${columns} from orders o join customers c on c.id = o.customer join items i on i.id = o.item
        where o.id between $1 and $1 + 9`
      const peerSql = `select ${columns} from orders o
        join customers c on c.tenant_id = o.tenant_id and c.id = o.customer
        join items i on i.tenant_id = o.tenant_id and i.id = o.item
        where o.tenant_id = $2 and o.id between $1 and $1 + 9`
      const pickFirst = () => ({
        tenant: tenantName(database.random(database.sizes.tenants)),
        first: database.random(database.sizes.rowsPerTenant - 9),
      })
      return {
        ours: () => {
          const { tenant, first } = pickFirst()
          return database.asTenant(tenant, async () =>
            requireRows(await database.leased.query(oursSql, [first]), 10),
          )
        },
        peer: async () => {
          const { tenant, first } = pickFirst()
          requireRows(await database.plain.query(peerSql, [first, tenant]), 10)
        },
      }
    },
  },
  {
    row: 'transaction-5',
    title: 'transaction of 5 statements',
    goal: 0.85,
    open: async (database) => ({
      ours: () => {
        const { tenant, id } = pick(database)
        return database.asTenant(tenant, () =>
          inTransaction(database.leased, async (query) => {
            requireRows(await query(itemSql, [id]), 1)
            requireRows(await query('select id, name from customers where id = $1', [id]), 1)
            requireRows(await query('update orders set quantity = quantity + 1 where id = $1', [id]), 1)
            requireRows(await query('insert into entries (note, amount) values ($1, $2)', ['sold', id]), 1)
            requireRows(await query('select quantity from orders where id = $1', [id]), 1)
          }),
        )
      },
      peer: () => {
        const { tenant, id } = pick(database)
        return inTransaction(database.plain, async (query) => {
          const own = [id, tenant]
          requireRows(await query(sharedItemSql, own), 1)
          requireRows(await query('select id, name from customers where tenant_id = $2 and id = $1', own), 1)
          requireRows(
            await query('update orders set quantity = quantity + 1 where tenant_id = $2 and id = $1', own),
            1,
          )
          requireRows(
            await query('insert into entries (note, amount, tenant_id) values ($1, $2, $3)', [
              'sold',
              id,
              tenant,
            ]),
            1,
          )
          requireRows(await query('select quantity from orders where tenant_id = $2 and id = $1', own), 1)
        })
      },
    }),
  },
]

function pick({ random, sizes }: BenchDatabase): { tenant: string; id: number } {
  return { tenant: tenantName(random(sizes.tenants)), id: random(sizes.rowsPerTenant) }
}

function placeholders(columns: number): string {
  const row = (at: number) =>
    `(${Array.from({ length: columns }, (_, column) => `$${at * columns + column + 1}`).join(', ')})`
  return Array.from({ length: 10 }, (_, at) => row(at)).join(', ')
}

type Query = BenchDatabase['plain']['query']

async function inTransaction(
  pool: BenchDatabase['plain'],
  work: (query: Query) => Promise<void>,
): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await work(client.query.bind(client) as Query)
    await client.query('commit')
  } finally {
    client.release()
  }
}
