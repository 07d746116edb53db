import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRedisUrl } from './redis-url.ts'

const deployment = { inFlight: 64, waiting: 512, waitMs: 5_000 }
const declared = { limits: { deployment, redis: { urlFrom: 'LIMITS_REDIS_URL' } } }

test('the URL comes from the variable that the configuration names, and is none where it names none', () => {
  for (const url of ['redis://:secret@127.0.0.1:6379', 'rediss://gateway:secret@redis.example/2'])
    assert.equal(readRedisUrl(declared, { LIMITS_REDIS_URL: url }), url)
  assert.equal(readRedisUrl({ limits: { deployment } }, { LIMITS_REDIS_URL: 'redis://host' }), undefined)
})

test('a variable that is not set, or holds something else, is named without what it holds', () => {
  for (const value of [undefined, '', 'host:6379', 'http://:secret@host', 'redis:/secret@[']) {
    const env = value === undefined ? {} : { LIMITS_REDIS_URL: value }
    assert.throws(
      () => readRedisUrl(declared, env),
      ({ code, message }: Error & { code: string }) =>
        code === 'LIMITS_REDIS' && /`LIMITS_REDIS_URL`/.test(message) && !message.includes('secret'),
    )
  }
})
