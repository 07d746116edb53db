import assert from 'node:assert/strict'
import { test } from 'node:test'
import { productBody } from './product-body.ts'
import { readBody } from './read-body.ts'

const priceOf = (price: unknown) => readBody(productBody, { name: 'Lamp', price }).price
const refused = { statusCode: 400, message: /price/ }

test('a price is a number or a numeric string', () => {
  assert.equal(priceOf(12.5), '12.5')
  assert.equal(priceOf('0.10'), '0.10')
  assert.equal(priceOf(0), '0')
})

test('what is no price is refused by the field’s name', () => {
  for (const price of [
    -1,
    '-1',
    'cheap',
    '',
    '1e3',
    1e21,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '1.234',
    null,
    true,
    [1],
    undefined,
  ]) {
    assert.throws(() => priceOf(price), refused, String(price))
  }
})

test('a name is needed, and a body that is none says so', () => {
  assert.throws(() => readBody(productBody, { price: 1 }), { statusCode: 400, message: /name/ })
  assert.throws(() => readBody(productBody, { name: ' ', price: 1 }), { statusCode: 400, message: /name/ })
  assert.throws(() => readBody(productBody, undefined), { statusCode: 400, message: /name.*price/ })
  assert.throws(() => readBody(productBody, 'text'), { statusCode: 400, message: /body/ })
})

test('text that the database cannot hold is refused by the field’s name', () => {
  assert.throws(() => readBody(productBody, { name: 'a\0b', price: 1 }), {
    statusCode: 400,
    message: /^name: .*NUL/,
  })
  assert.throws(() => readBody(productBody, { name: 'Lamp', description: '\0', price: 1 }), {
    statusCode: 400,
    message: /^description: .*NUL/,
  })
  assert.throws(() => readBody(productBody, { name: 'x'.repeat(201), price: 1 }), {
    statusCode: 400,
    message: /^name: /,
  })
})
