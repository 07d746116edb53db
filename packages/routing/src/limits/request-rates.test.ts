import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestRates } from './request-rates.ts'

const limit = { requestsPerSecond: 10, burst: 5 }

/** How many of the requests at these times are let through. */
function allowed(rates: RequestRates, tenant: string, times: readonly number[], of = limit): number {
  return times.filter((nowMs) => rates.take(tenant, of, nowMs).allowed).length
}
const times = (count: number, everyMs: number, fromMs = 0) =>
  Array.from({ length: count }, (_, index) => fromMs + index * everyMs)

test('a burst goes through at once, and then as many as the rate allows', () => {
  const rates = new RequestRates()
  assert.equal(allowed(rates, 'a', times(20, 0)), 5)
  assert.equal(allowed(rates, 'a', [99.9]), 0)
  assert.equal(allowed(rates, 'a', [100, 100]), 1)
  assert.equal(allowed(rates, 'a', times(10_000, 1, 101)), 100)
})

test('at ten times the rate one in ten goes through, and what is refused delays nothing', () => {
  const rates = new RequestRates()
  assert.equal(allowed(rates, 'a', times(6_000, 10)), 5 + 599)
})

test('whoever comes again when it is told to is let through, and a moment before is not', () => {
  for (const requestsPerSecond of [0.03, 0.7, 3, 7, 999.9]) {
    const of = { requestsPerSecond, burst: 3 }
    const rates = new RequestRates()
    let nowMs = 1e9 + 1 / 3
    allowed(rates, 'a', times(3, 0, nowMs), of)
    for (let round = 0; round < 50; round++) {
      const refused = rates.take('a', of, nowMs)
      assert.equal(refused.allowed, false)
      assert.equal(refused.available, 0)
      assert.equal(rates.take('a', of, nowMs + refused.nextMs - 0.01).allowed, false)
      nowMs += refused.nextMs
      assert.equal(rates.take('a', of, nowMs).allowed, true)
    }
  }
})

test('what is available is what is then let through', () => {
  const rates = new RequestRates()
  const { available, nextMs } = rates.take('a', limit, 0)
  assert.deepEqual([available, nextMs], [4, 100])
  const half = rates.take('a', limit, 250)
  assert.equal(half.available, 4)
  assert.equal(allowed(rates, 'a', times(9, 0, 250)), 4)
})

test('tenants do not count for each other', () => {
  const rates = new RequestRates()
  assert.equal(allowed(rates, 'a', times(100, 0)), 5)
  assert.equal(allowed(rates, 'b', times(100, 0)), 5)
  assert.equal(allowed(rates, '__proto__', times(100, 0)), 5)
})

test('a limit that is raised holds at once, whatever was used up under the one before', () => {
  const rates = new RequestRates()
  const low = { requestsPerSecond: 0.01, burst: 10 }
  assert.equal(allowed(rates, 'a', times(20, 0), low), 10)
  const high = { requestsPerSecond: 1000, burst: 1000 }
  assert.ok(rates.take('a', high, 1).nextMs <= 1)
  assert.equal(allowed(rates, 'a', times(1_000, 1, 2), high), 1_000)
})

test('a limit that is lowered holds at once', () => {
  const rates = new RequestRates()
  rates.take('a', { requestsPerSecond: 1000, burst: 1000 }, 0)
  assert.ok(allowed(rates, 'a', times(100, 10, 1), { requestsPerSecond: 1, burst: 1 }) <= 2)
})

test('tenants that are idle are forgotten while others ask, and one that is not never is', () => {
  const rates = new RequestRates()
  for (let index = 0; index < 100_000; index++) rates.take(`t${index}`, limit, 0)
  assert.ok(rates.size > 99_000)
  allowed(rates, 'loud', times(5, 0, 100_000))
  for (let index = 0; index < 60_000; index++) {
    assert.equal(rates.take('loud', limit, 100_000).allowed, false)
  }
  assert.equal(rates.size, 1)
})
