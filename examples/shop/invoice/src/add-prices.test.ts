import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addPrices } from './add-prices.ts'

test('prices add up to the cent, where floating point does not', () => {
  assert.equal(addPrices(['0.10', '0.20', '0.3']), '0.60')
  assert.equal(addPrices(['9999999999.99', '0.01']), '10000000000.00')
  assert.equal(addPrices(['7']), '7.00')
  assert.equal(addPrices([]), '0.00')
})

test('what is no price is an error, not a wrong total', () => {
  assert.throws(() => addPrices(['-1']), /is no price/)
  assert.throws(() => addPrices(['1.234']), /is no price/)
})
