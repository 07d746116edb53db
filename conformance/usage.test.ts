import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { holds } from './usage/record.ts'
import { runUsage, type UsageRun } from './usage/run-usage.ts'

// `npm run test:usage` does the same with 100,000 requests, and measures the estimate of processor time.
const seed = Date.now() % 1_000_000
let run: UsageRun

before(async () => {
  run = await runUsage({ requests: 300, tenants: 6, seed, computing: 0 })
})

test('what each tenant used is counted exactly, at the gateway and in the service', () => {
  assert.deepEqual(run.differences, [], `seed ${seed}`)
})

test('a killed control plane loses nothing, and a killed service no more than it answered since its last report', () => {
  assert.ok(holds(run), `seed ${seed}: ${JSON.stringify(run.killed)}`)
})
