import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryLimiter } from './memory-limiter.ts'

const none = { rate: null, concurrency: null, weight: 1 }

test('without a limit everything goes through, and nothing is told', () => {
  const { refusedBy, rate, concurrency } = new MemoryLimiter().admit('a', none)
  assert.deepEqual([refusedBy, rate, concurrency], [null, null, null])
})

test('as many go through at once as may, and one more for each that ends', () => {
  const limiter = new MemoryLimiter()
  const limits = { ...none, concurrency: 2 }
  const first = limiter.admit('a', limits)
  assert.deepEqual([first.refusedBy, first.concurrency], [null, { available: 1 }])
  assert.equal(limiter.admit('a', limits).concurrency?.available, 0)
  assert.equal(limiter.admit('a', limits).refusedBy, 'concurrency')
  assert.equal(limiter.admit('b', limits).refusedBy, null)
  first.release()
  assert.equal(limiter.admit('a', limits).refusedBy, null)
  assert.equal(limiter.admit('a', limits).refusedBy, 'concurrency')
})

test('what is refused for its rate holds nothing, and what is refused for its concurrency uses up no rate', () => {
  let nowMs = 0
  const limiter = new MemoryLimiter({ nowMs: () => nowMs })
  const limits = { ...none, rate: { requestsPerSecond: 1, burst: 2 }, concurrency: 1 }
  const first = limiter.admit('a', limits)
  for (let index = 0; index < 10; index++) {
    const refused = limiter.admit('a', limits)
    assert.equal(refused.refusedBy, 'concurrency')
    refused.release()
  }
  first.release()
  const second = limiter.admit('a', limits)
  assert.equal(second.refusedBy, null)
  second.release()
  const third = limiter.admit('a', limits)
  assert.deepEqual([third.refusedBy, third.rate?.nextMs], ['rate', 1000])
  third.release()
  nowMs = 1000
  assert.equal(limiter.admit('a', limits).refusedBy, null)
  assert.equal(limiter.admit('a', limits).refusedBy, 'concurrency')
})

test('a limit that is lowered below what is under way lets nothing through until that has ended', () => {
  const limiter = new MemoryLimiter()
  const under = [1, 2, 3].map(() => limiter.admit('a', { ...none, concurrency: 3 }))
  const lower = { ...none, concurrency: 1 }
  for (const verdict of under) {
    assert.equal(limiter.admit('a', lower).refusedBy, 'concurrency')
    verdict.release()
  }
  assert.deepEqual(limiter.admit('a', lower).concurrency, { available: 0 })
})
