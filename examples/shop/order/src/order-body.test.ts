import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { orderBody } from './order-body.ts'
import { readBody } from './read-body.ts'

const order = { name: 'Things', products: [randomUUID()] }
const refuses = (change: object, message: RegExp) =>
  assert.throws(() => readBody(orderBody, { ...order, ...change }), { statusCode: 400, message })

test('an order has a name and products, the same one also twice', () => {
  const products = [...order.products, ...order.products]
  assert.deepEqual(readBody(orderBody, { ...order, name: ' Things ', products }), {
    name: 'Things',
    products,
  })
  assert.equal(readBody(orderBody, { ...order, description: null }).description, null)
})

test('a bad product is refused by its place in the list', () => {
  refuses({ products: ['lamp'] }, /^products\[0\]: give the id of a product$/)
  refuses({ products: [...order.products, 7] }, /^products\[1\]: /)
})

test('an order of nothing, of too much, or of no list is refused', () => {
  refuses({ products: undefined }, /^products: /)
  refuses({ products: [] }, /^products: /)
  refuses({ products: Array(101).fill(order.products[0]) }, /^products: /)
  refuses({ products: { 0: order.products[0] } }, /^products: /)
})

test('a bad name or description is refused by the field’s name', () => {
  for (const name of [undefined, null, 7, '', '  ', 'x'.repeat(201), 'a\0b']) refuses({ name }, /^name: /)
  for (const description of [7, 'x'.repeat(2001), '\0']) refuses({ description }, /^description: /)
})
