import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { RunningSystem } from './running-system.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** The shop's API (design, section 8) for one tenant, whatever its tier. */
export function describeShop(system: RunningSystem, tenant: string): void {
  describe(`the shop of ${tenant}`, () => {
    it('creates a product and gives it back', async () => {
      const created = await system.call(tenant, 'POST', '/products', {
        name: 'Lamp',
        description: 'warm',
        price: 12.5,
      })
      assert.equal(created.status, 201)
      assert.equal(created.body.msg, 'Product created')
      const { product_id: id, ...rest } = created.body.product as Record<string, unknown>
      assert.match(String(id), uuid)
      assert.deepEqual(rest, { name: 'Lamp', description: 'warm', price: '12.50' })
      const found = await system.call(tenant, 'GET', `/products/${id}`)
      assert.equal(found.status, 200)
      assert.deepEqual(found.body.product, {
        productId: id,
        name: 'Lamp',
        description: 'warm',
        price: '12.50',
      })
      const listed = await system.call(tenant, 'GET', '/products')
      assert.ok((listed.body.products as { productId: string }[]).some(({ productId }) => productId === id))
    })

    it('takes a price as a numeric string', async () => {
      const { status, body } = await system.call(tenant, 'POST', '/products', { name: 'Nail', price: '0.10' })
      assert.equal(status, 201)
      assert.equal((body.product as { price: string }).price, '0.10')
    })

    it('says which product was not found', async () => {
      const id = '00000000-0000-4000-8000-000000000000'
      const { status, body } = await system.call(tenant, 'GET', `/products/${id}`)
      assert.equal(status, 404)
      assert.deepEqual(body, { msg: 'Product not found!', product_id: id })
    })

    it('makes one invoice with the exact total of an order', async () => {
      const [lamp, nail] = await Promise.all([
        system.product(tenant, '19.99'),
        system.product(tenant, '0.10', 'Nail'),
      ])
      const products = [lamp, nail, nail, nail]
      const placed = await system.call(tenant, 'POST', '/orders', {
        name: 'Things',
        description: 'few',
        products,
      })
      assert.equal(placed.status, 200)
      assert.equal(placed.body.msg, 'Order created')
      const { order_id: id, ...rest } = placed.body.order as Record<string, unknown>
      assert.match(String(id), uuid)
      assert.deepEqual(rest, { name: 'Things', description: 'few', products })
      const invoice = await system.invoice(tenant, String(id))
      assert.match(invoice.invoice_id, uuid)
      assert.equal(invoice.total_price, '20.29')
      const ofOrder = (await system.invoices(tenant)).filter(({ order_id }) => order_id === id)
      assert.equal(ofOrder.length, 1)
    })

    it('gives an order back, alone and in the list', async () => {
      const id = await system.order(tenant, [await system.product(tenant, '1')])
      const found = await system.call(tenant, 'GET', `/orders/${id}`)
      assert.equal(found.status, 200)
      assert.equal((found.body.order as { order_id: string }).order_id, id)
      const { body } = await system.call(tenant, 'GET', '/orders')
      assert.ok((body.orders as { order_id: string }[]).some(({ order_id }) => order_id === id))
      const missing = await system.call(tenant, 'GET', '/orders/00000000-0000-4000-8000-000000000000')
      assert.equal(missing.status, 404)
    })
  })
}

/** Two tenants on the same deployments and tables see nothing of each other. */
export function describeSeparation(system: RunningSystem, owner: string, other: string): void {
  describe(`${other} beside ${owner}`, () => {
    let product: string
    let order: string
    before(async () => {
      product = await system.product(owner, '5')
      order = await system.order(owner, [product])
      await system.invoice(owner, order)
    })

    it('is answered for foreign ids as for ids that do not exist', async () => {
      for (const [path, id] of [
        ['/products', product],
        ['/orders', order],
      ]) {
        const foreign = await system.call(other, 'GET', `${path}/${id}`)
        const absent = await system.call(
          other,
          'GET',
          `${path}/${id?.replace(/.$/, (last) => (last === '0' ? '1' : '0'))}`,
        )
        assert.equal(foreign.status, 404)
        assert.equal(absent.status, 404)
        assert.equal(foreign.body.msg, absent.body.msg)
      }
    })

    it('lists none of the other’s products, orders and invoices', async () => {
      for (const path of ['/products', '/orders', '/invoices']) {
        const { body } = await system.call(other, 'GET', path)
        const text = JSON.stringify(body)
        assert.ok(
          !text.includes(product) && !text.includes(order),
          `${path} of ${other} names what is ${owner}'s`,
        )
      }
    })

    it('cannot order the other’s product', async () => {
      const { status, body } = await system.call(other, 'POST', '/orders', {
        name: 'Theft',
        products: [product],
      })
      assert.equal(status, 400)
      assert.match(JSON.stringify(body), /products/)
    })
  })
}
