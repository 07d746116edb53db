import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  allocateCost,
  type CostedDeployment,
  type CostedUsage,
  type Prices,
  pricedUnits,
} from './allocate-cost.ts'
import { divideAmount } from './divide-amount.ts'
import { durationBoundsMs, type UsageTotals } from './usage.ts'

const nothing: UsageTotals = {
  ...{ requests: 0, errors: 0, limited: 0, durationMs: 0, durations: durationBoundsMs.map(() => 0) },
  ...{ bytesIn: 0, bytesOut: 0, statements: 0, databaseMs: 0, databaseRows: 0 },
  ...{ eventsEmitted: 0, eventsDelivered: 0, cpuMs: 0 },
}
const free = Object.fromEntries(Object.keys(pricedUnits).map((unit) => [unit, 0])) as Prices['units']
const prices: Prices = {
  platformHour: 0,
  deploymentHour: (_service, placement) => (placement === 'pool' ? 1 : 0.25),
  units: free,
}
const [a, b, c] = ['tenant-a', 'tenant-b', 'tenant-c'].map((tenant) => ({ tenant, tier: 'basic' })) as [
  { tenant: string; tier: string },
  { tenant: string; tier: string },
  { tenant: string; tier: string },
]
const pool: CostedDeployment = {
  ...{ service: 'order', deployment: 'order.pool', placement: 'pool', hours: 24, bearers: [a, b] },
}
const silo: CostedDeployment = {
  ...{ service: 'order', deployment: 'order.0a0a', placement: 'silo', hours: 10, bearers: [c] },
}
const used = (
  bearer: typeof a,
  totals: Partial<UsageTotals>,
  of = pool.deployment,
  service = 'order',
): CostedUsage => ({
  ...{ ...bearer, service, deployment: of },
  totals: { ...nothing, ...totals },
})
const none = { prices, deployments: [], usage: [], platformHours: 0, bearers: [] }
const costs = ({ rows }: ReturnType<typeof allocateCost>) =>
  Object.fromEntries(rows.map(({ tenant, service, cost }) => [`${tenant} ${service}`, cost]))

test('a pool’s hours are divided by busy time, a silo’s are its tenant’s, used or not', () => {
  const usage = [used(a, { cpuMs: 3_000 }), used(b, { cpuMs: 500, databaseMs: 500 })]
  const found = allocateCost({ ...none, deployments: [pool, silo], usage })
  assert.deepEqual(costs(found), { 'tenant-a order': 18, 'tenant-b order': 6, 'tenant-c order': 2.5 })
  assert.equal(found.total, 26.5)
  assert.deepEqual(found.rows[2]?.parts, { silo: 2.5 })
})

test('a pool in which nobody was busy is divided equally, and one where nobody is placed is told by itself', () => {
  const empty = { ...pool, deployment: 'other.pool', service: 'other', bearers: [] }
  const found = allocateCost({ ...none, deployments: [pool, empty] })
  assert.deepEqual(costs(found), { 'tenant-a order': 12, 'tenant-b order': 12 })
  assert.deepEqual([found.total, found.unallocated], [24, 24])
})

test('the platform is divided by requests at the gateway, and not by those between services', () => {
  const usage = [
    used(a, { requests: 30 }, 'gateway', 'gateway'),
    used(b, { requests: 10 }, 'gateway', 'gateway'),
    used(b, { requests: 1_000 }),
  ]
  const found = allocateCost({
    ...none,
    prices: { ...prices, platformHour: 0.5 },
    usage,
    platformHours: 8,
    bearers: [a, b],
  })
  assert.deepEqual(costs(found), { 'tenant-a platform': 3, 'tenant-b platform': 1 })
})

test('units are paid for by whoever used them, and what services ask of each other is not paid for twice', () => {
  const units = { ...free, millionRequests: 2, gibibyteOut: 1, databaseHour: 3, cpuHour: 4, millionEvents: 5 }
  const usage = [
    used(a, { requests: 1e6, bytesOut: 2 ** 30, cpuMs: 1_800_000 }, 'gateway', 'gateway'),
    used(a, { requests: 1e6, bytesOut: 2 ** 30, databaseMs: 3_600_000, cpuMs: 900_000, eventsEmitted: 2e5 }),
  ]
  const { rows } = allocateCost({
    ...none,
    prices: { ...prices, units, deploymentHour: () => 0 },
    deployments: [pool],
    usage,
  })
  assert.deepEqual(
    rows.map(({ service, parts }) => [service, parts]),
    [
      ['platform', { millionRequests: 2, gibibyteOut: 1, cpuHour: 2 }],
      ['order', { databaseHour: 3, cpuHour: 1, millionEvents: 1 }],
    ],
  )
})

test('the costs of all tenants are the total, whatever the figures', () => {
  let state = 7
  const random = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  for (let round = 0; round < 200; round++) {
    const bearers = Array.from({ length: 1 + Math.floor(random() * 60) }, (_, n) => ({
      tenant: `t-${n}`,
      tier: 'basic',
    }))
    const usage = bearers.flatMap((bearer) => [
      used(bearer, { cpuMs: random() * 1e5, databaseMs: random() * 1e4 }),
      used(bearer, { requests: Math.floor(random() * 1e6) }, 'gateway', 'gateway'),
    ])
    const poolPrice = random() * 3
    const question = {
      ...{ prices: { platformHour: random(), deploymentHour: () => poolPrice, units: free } },
      ...{ deployments: [{ ...pool, bearers }], usage, platformHours: 24, bearers },
    }
    const { total, rows } = allocateCost(question)
    const inMillionths = rows.reduce((sum, { cost }) => sum + Math.round(cost * 1e6), 0)
    assert.equal(inMillionths, Math.round(total * 1e6))
    const paid = Math.round(poolPrice * 24 * 1e6) + Math.round(question.prices.platformHour * 24 * 1e6)
    assert.equal(inMillionths, paid, `round ${round}`)
  }
})

test('an amount is divided into whole parts that are the amount', () => {
  assert.deepEqual(divideAmount(100, [1, 1, 1]), [34, 33, 33])
  assert.deepEqual(divideAmount(10, [0, 0]), [5, 5])
  assert.deepEqual(divideAmount(7, [0, 3, 1]), [0, 5, 2])
  assert.deepEqual(divideAmount(7, []), [])
})
