import { count, emit } from 'tenantry'
import type { Pool } from 'tenantry/pg'
import type { NewOrder } from './order-body.ts'

/** An order as it is given out. */
export interface Order {
  order_id: string
  name: string
  description: string | null
  products: string[]
  /** `placed`, then `fulfilled`. */
  status: string
}

const listMax = 1000
const columns = 'order_id, name, description, products, status'
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Writes the order down, with the event that drives it on. */
export async function placeOrder(db: Pool, { name, description, products }: NewOrder): Promise<Order> {
  const order = await db.transaction(async (transaction) => {
    const { rows } = await transaction.query<Order>(
      `insert into orders (name, description, products) values ($1, $2, $3) returning ${columns}`,
      [name, description ?? null, products],
    )
    const [placed] = rows
    if (!placed) throw new Error('nothing was inserted')
    await emit(
      transaction,
      'order.placed',
      { order_id: placed.order_id, products },
      { subject: placed.order_id },
    )
    return placed
  })
  count('order.created')
  return order
}

/** The order, or `undefined`, also for an id that is none. */
export async function findOrder(db: Pool, id: string): Promise<Order | undefined> {
  if (!uuid.test(id)) return undefined
  const { rows } = await db.query<Order>(`select ${columns} from orders where order_id = $1`, [id])
  return rows[0]
}

/** The newest thousand, oldest first. */
export async function listOrders(db: Pool): Promise<Order[]> {
  const { rows } = await db.query<Order>(
    `select ${columns} from orders order by created_at desc, order_id limit ${listMax}`,
  )
  return rows.reverse()
}
