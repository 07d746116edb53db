import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from './config.ts'

const shop = (limits: object = {}, tier: object = {}) => ({
  mode: 'development',
  trustDomain: 'shop.example',
  identity: { issuer: 'http://localhost:1', audience: 'shop', claims: { tenant: 't', role: 'r' } },
  tiers: { basic: { placement: 'pool', limits: tier } },
  services: {},
  limits,
})

function refuses(config: unknown, message: RegExp) {
  assert.throws(() => readConfig(config), { code: 'CONFIG_INVALID', message })
}

test('nothing is limited by default but what a deployment is sent at once', () => {
  const { tiers, limits } = readConfig(shop())
  assert.deepEqual(tiers.basic?.limits, { weight: 1 })
  assert.deepEqual(limits, { deployment: { inFlight: 64, waiting: 512, waitMs: 5_000 } })
})

test('each limit that is none is refused by its path', () => {
  const paths: [object, RegExp][] = [
    [{ requestsPerSecond: 0 }, /`tiers\.basic\.limits\.requestsPerSecond`/],
    [{ requestsPerSecond: Number.POSITIVE_INFINITY }, /`tiers\.basic\.limits\.requestsPerSecond`/],
    [{ requestsPerSecond: '50' }, /`tiers\.basic\.limits\.requestsPerSecond`/],
    [{ requestsPerSecond: 5, burst: 0.5 }, /`tiers\.basic\.limits\.burst`/],
    [{ burst: 5 }, /`tiers\.basic\.limits\.burst`: .*name that too/],
    [{ concurrency: 0 }, /`tiers\.basic\.limits\.concurrency`/],
    [{ weight: 1.5 }, /`tiers\.basic\.limits\.weight`/],
    [{ weight: 101 }, /`tiers\.basic\.limits\.weight`/],
    [{ perSecond: 1 }, /`tiers\.basic\.limits`/],
  ]
  for (const [tier, message] of paths) refuses(shop({}, tier), message)
  refuses(shop({ deployment: { inFlight: 0 } }), /`limits\.deployment\.inFlight`/)
})

test('Redis is named by an environment variable, never by its URL', () => {
  const redis = { urlFrom: 'LIMITS_REDIS_URL' }
  assert.deepEqual(readConfig(shop({ redis })).limits.redis, redis)
  refuses(shop({ redis: { urlFrom: 'redis://:secret@host' } }), /`limits\.redis\.urlFrom`/)
  refuses(shop({ redis: { url: 'redis://host' } }), /`limits\.redis/)
})
