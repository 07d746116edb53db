import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzGateway } from './fuzz-gateway.ts'

const seed = Number(process.env.TENANTRY_SEED ?? Math.floor(Math.random() * 2 ** 31))

test(`of ambiguous requests, the gateway sends on what can be read in one way, each once and as it came, and answers none with 5xx (seed ${seed})`, async () => {
  const { misses, forwarded, tried } = await fuzzGateway({ seed, requests: 3_000 })
  assert.deepEqual(misses, [], `seed ${seed}`)
  assert.ok(forwarded > tried / 10, `only ${forwarded} of ${tried} reached the service`)
})
