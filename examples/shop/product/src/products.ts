import { count } from 'tenantry'
import type { Pool } from 'tenantry/pg'
import type { NewProduct } from './product-body.ts'

/** A product as it is given out; its price is a decimal string. */
export interface Product {
  productId: string
  name: string
  description: string | null
  price: string
}

const listMax = 1000
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Writes a new product down and gives it back. */
export async function createProduct(db: Pool, { name, description, price }: NewProduct) {
  const { rows } = await db.query<Omit<Product, 'productId'> & { product_id: string }>(
    'insert into products (name, description, price) values ($1, $2, $3) returning *',
    [name, description ?? null, price],
  )
  count('product.created')
  const [product] = rows
  if (!product) throw new Error('nothing was inserted')
  return product
}

/** The product, or `undefined`, also for an id that is none. */
export async function findProduct(db: Pool, id: string): Promise<Product | undefined> {
  if (!uuid.test(id)) return undefined
  const { rows } = await db.query<Product>(
    'select product_id as "productId", name, description, price from products where product_id = $1',
    [id],
  )
  return rows[0]
}

/** The newest thousand, oldest first. */
export async function listProducts(db: Pool): Promise<Product[]> {
  const { rows } = await db.query<Product>(
    `select product_id as "productId", name, description, price from products
     order by created_at desc, product_id limit ${listMax}`,
  )
  return rows.reverse()
}
