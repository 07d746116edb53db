import { count } from 'tenantry'
import type { Queryable } from 'tenantry/pg'
import { z } from 'zod'
import { addPrices } from './add-prices.ts'

const fulfilled = z.object({ order_id: z.guid(), products: z.array(z.guid()) })
const found = z.object({ product: z.object({ price: z.string() }) })

/** Asks for the prices of what was ordered and writes the order's one invoice. */
export async function invoiceOrder(transaction: Queryable, data: unknown): Promise<void> {
  const { order_id, products } = fulfilled.parse(data)
  const prices = new Map(
    await Promise.all([...new Set(products)].map(async (id) => [id, await askPrice(id)] as const)),
  )
  const total = addPrices(products.map((id) => prices.get(id) ?? '0'))
  const { rowCount } = await transaction.query(
    'insert into invoices (order_id, total_price) values ($1, $2) on conflict do nothing',
    [order_id, total],
  )
  if (rowCount) count('invoice.created')
}

async function askPrice(id: string): Promise<string> {
  const answer = await fetch(`http://product/products/${id}`)
  if (!answer.ok) throw new Error(`product answered ${answer.status}`)
  return found.parse(await answer.json()).product.price
}
