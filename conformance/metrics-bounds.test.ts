import assert from 'node:assert/strict'
import { test } from 'node:test'
import { broken } from './metrics-bounds/bounds.ts'
import { measureBounds } from './metrics-bounds/measure-bounds.ts'

// `npm run test:metrics-bounds` does the same with 100,000 tenants, of which the first fill every series that there may be, and holds the page to its
// time on a machine that does nothing else.
const allowed = { othersMiB: 100, pageMs: 15_000 }

test('metrics of thousands of tenants, by whatever names clients send, hold no more memory and show no more than of some', async () => {
  assert.deepEqual(broken(await measureBounds(3_000), allowed), [])
})
