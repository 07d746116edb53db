/** `order` asks `product`, and `product` its database; neither knows how it proves who it is. */
import { requireContext } from '../../packages/context/src/index.ts'
import { tenantry } from '../../packages/tenantry/src/node.ts'
import { Pool } from '../../packages/tenantry/src/pg.ts'
import { requireRuntime } from '../../packages/tenantry/src/runtime/require-runtime.ts'
import { runForTenant } from '../../packages/tenantry/src/work.ts'

const { service: own } = requireRuntime().document
const db = own === 'product' ? new Pool() : undefined

const service = tenantry(async (request, response) => {
  const answer = db
    ? await listProducts(db, request.method, request.url ?? '')
    : request.url === '/orders/by-itself'
      ? await runForTenant('tenant-b', () => askProduct('GET', '/'), { reason: 'a report' })
      : await askProduct(request.method ?? '', request.url ?? '')
  response.end(JSON.stringify(answer))
})

async function listProducts(pool: Pool, method: string | undefined, name: string): Promise<object> {
  if (method === 'POST') await pool.query('insert into products (name) values ($1)', [name])
  const { rows } = await pool.query<{ name: string }>('select name from products order by name')
  return { tenant: requireContext().tenant.id, products: rows.map((row) => row.name) }
}

async function askProduct(method: string, path: string): Promise<object> {
  try {
    const answer = await fetch(`http://product${path}`, { method })
    return (await answer.json()) as object
  } catch (error) {
    return { code: ((error as Error).cause as { code?: string }).code }
  }
}

const origin = await service.listen({ port: 0, host: '127.0.0.1' })
process.send?.({ type: 'listening', origin })
