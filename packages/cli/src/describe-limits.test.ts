import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeLimits } from './describe-limits.ts'

test('a tenant’s own limits are told in words, and that it has none', () => {
  assert.equal(
    describeLimits({ requestsPerSecond: 0.5, concurrency: 20, weight: 3 }),
    '0.5 requests/s, 20 at once, weight 3',
  )
  assert.equal(describeLimits({ concurrency: 1 }), '1 at once')
  for (const limits of [undefined, null, {}]) assert.equal(describeLimits(limits), 'as its tier says')
})
