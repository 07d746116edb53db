import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig, type TenantryConfigInput } from './config.ts'

function priced(cost: unknown): TenantryConfigInput {
  return {
    ...{ mode: 'development', trustDomain: 'shop.example' },
    identity: {
      ...{ issuer: 'http://localhost:8085', audience: 'shop' },
      claims: { tenant: 'tenant', role: 'role' },
    },
    tiers: { basic: { placement: 'pool' } },
    services: { order: { entry: 'order.ts', routes: ['/orders'] } },
    demo: { tenants: { 'tenant-a': 'basic' } },
    metrics: { cost } as NonNullable<TenantryConfigInput['metrics']>,
  }
}
const refuses = (cost: unknown, message: RegExp) =>
  assert.throws(() => readConfig(priced(cost)), { code: 'CONFIG_INVALID', message })

test('what has no price costs nothing, and without a currency nothing is priced', () => {
  const { metrics } = readConfig(priced({ currency: 'EUR', perHour: { pool: { order: 0.5 } } }))
  assert.deepEqual(metrics.cost?.perHour, { platform: 0, pool: { order: 0.5 }, silo: {} })
  assert.ok(Object.values(metrics.cost?.perUnit ?? { none: 1 }).every((price) => price === 0))
  assert.equal(readConfig(priced(undefined)).metrics.cost, undefined)
})

test('a price of a service that is not there is refused by its path; one for the rest is not', () => {
  readConfig(priced({ currency: 'EUR', perHour: { pool: { '*': 1 }, silo: { '*': 1, order: 2 } } }))
  for (const placement of ['pool', 'silo'])
    refuses(
      { currency: 'EUR', perHour: { [placement]: { odrer: 1 } } },
      new RegExp(`\`metrics\\.cost\\.perHour\\.${placement}\\.odrer\`: there is no such service`),
    )
})

test('prices are amounts, and a currency is one of ISO 4217’s form', () => {
  for (const currency of ['eur', 'EURO', '', '€', undefined, 7])
    refuses({ currency }, /`metrics\.cost\.currency`/)
  for (const price of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e10, '1', null]) {
    refuses({ currency: 'EUR', perHour: { platform: price } }, /`metrics\.cost\.perHour\.platform`/)
    refuses({ currency: 'EUR', perHour: { pool: { order: price } } }, /`metrics\.cost\.perHour\.pool\.order`/)
    refuses({ currency: 'EUR', perUnit: { cpuHour: price } }, /`metrics\.cost\.perUnit\.cpuHour`/)
  }
  refuses({ currency: 'EUR', perUnit: { cpuHours: 1 } }, /cpuHours/)
  refuses({ currency: 'EUR', perMonth: {} }, /perMonth/)
})
