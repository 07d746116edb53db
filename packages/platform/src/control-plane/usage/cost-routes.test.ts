import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { errorAnswer } from '@tenantry/context'
import Fastify, { type FastifyInstance } from 'fastify'
import { Pool } from 'pg'
import {
  createTestDatabase,
  startTestPostgres,
  type TestDatabase,
} from '../../../../../tools/test-postgres.ts'
import { pricedConfig } from '../../../test/priced-config.ts'
import { usageTotals } from '../../../test/usage-totals.ts'
import type { CatalogTenant } from '../tenants/catalog.ts'
import { addCostRoutes, type CostAnswer } from './cost-routes.ts'
import { UsageStore } from './usage-store.ts'

let database: TestDatabase
let pool: Pool
let store: UsageStore
const apps: FastifyInstance[] = []

before(async () => {
  const server = await startTestPostgres()
  database = await createTestDatabase(server)
  pool = new Pool({ ...server, database: database.name })
  store = new UsageStore(pool)
  await store.install()
})
afterEach(async () => {
  await pool.query('truncate usage')
  await Promise.all(apps.splice(0).map((app) => app.close()))
})
after(async () => {
  await pool.end()
  await database.drop()
})

const hourS = Date.parse('2026-11-01T10:00:00Z') / 1000
const priced = pricedConfig(['order'], {
  currency: 'EUR',
  perHour: { platform: 0.1, pool: { '*': 1 }, silo: { '*': 0.5 } },
  perUnit: { millionRequests: 2 },
})
const tenant = (id: string, changes: Partial<CatalogTenant> = {}): CatalogTenant => ({
  ...{ id, tier: 'basic', status: 'active', placement: {}, silo: null, limits: null },
  ...{ createdAt: new Date('2026-01-01'), updatedAt: new Date('2026-01-01') },
  ...changes,
})
const tenants = [
  tenant('tenant-a'),
  tenant('tenant-b'),
  tenant('tenant-c', { tier: 'premium', placement: { order: 'silo' }, silo: '0a0a0a0a' }),
]

/** Asks under a configuration, of tenants that are placed so. */
async function ask(
  query: string,
  { config = priced, of = tenants }: { config?: typeof priced; of?: readonly CatalogTenant[] } = {},
) {
  const app = Fastify()
  apps.push(app)
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = errorAnswer(error, 'id')
    return reply.status(status).send(body)
  })
  addCostRoutes(app, { config, tenants: async () => of, store })
  const { statusCode, body } = await app.inject(`/cost?${query}`)
  return { status: statusCode, answer: JSON.parse(body) as CostAnswer & { code?: string } }
}

async function use(service: string, deployment: string, rows: Parameters<UsageStore['store']>[1]) {
  await store.store({ service, deployment, epoch: 'one' }, rows)
}
const row = (id: string, requests: number, others = {}, hour = hourS) => ({
  ...{ hourS: hour, tenant: id, tier: 'basic' },
  totals: usageTotals(requests, others),
})
const costsOf = ({ rows }: CostAnswer) =>
  Object.fromEntries(rows.map(({ tenant, service, cost }) => [`${tenant} ${service}`, cost]))

test('two hours are divided by what the store has of them, to the last millionth', async () => {
  await use('order', 'order.pool', [
    row('tenant-a', 5, { cpuMs: 200, databaseMs: 100 }),
    row('tenant-b', 9, { databaseMs: 100 }, hourS + 3_600),
    row('tenant-b', 9, { databaseMs: 9_000 }, hourS + 7_200),
  ])
  await use('gateway', 'gateway.pool', [row('tenant-a', 1_000_000), row('tenant-c', 3_000_000)])
  const { status, answer } = await ask('from=2026-11-01T10:00:00Z&to=2026-11-01T12:00:00Z')
  assert.equal(status, 200)
  assert.deepEqual(costsOf(answer), {
    ...{ 'tenant-a order': 1.5, 'tenant-b order': 0.5, 'tenant-c order': 1 },
    ...{ 'tenant-a platform': 2.05, 'tenant-c platform': 6.15 },
  })
  assert.deepEqual(
    [answer.total, answer.unallocated, answer.currency, answer.from, answer.to],
    [11.2, 0, 'EUR', '2026-11-01T10:00:00.000Z', '2026-11-01T12:00:00.000Z'],
  )
  const sum = answer.rows.reduce((whole, { cost }) => whole + Math.round(cost * 1e6), 0)
  assert.equal(sum, Math.round(answer.total * 1e6))
  assert.match(answer.method, /estimate/)
})

test('an hour that is asked for in part is paid for as a whole, since it is told as a whole', async () => {
  const whole = await ask('from=2026-11-01T10:00:00Z&to=2026-11-01T11:00:00Z')
  const part = await ask('from=2026-11-01T10:20:00Z&to=2026-11-01T10:40:00Z')
  assert.equal(whole.answer.total, 1.6)
  assert.deepEqual(costsOf(part.answer), costsOf(whole.answer))
})

test('time to come costs nothing, and the last day is meant where none is named', async () => {
  const year = new Date().getUTCFullYear() + 1
  const { answer } = await ask(`from=${year}-01-01T00:00:00Z&to=${year}-01-02T00:00:00Z`)
  assert.deepEqual([answer.total, answer.rows], [0, []])
  const day = await ask('')
  assert.ok(day.answer.total >= 24 * 1.6 - 0.01 && day.answer.total <= 25 * 1.6, String(day.answer.total))
})

test('an idle pool is divided equally, and one where nobody is placed is nobody’s', async () => {
  const hour = 'from=2026-11-01T10:00:00Z&to=2026-11-01T11:00:00Z'
  const idle = costsOf((await ask(hour)).answer)
  assert.deepEqual([idle['tenant-a order'], idle['tenant-b order']], [0.5, 0.5])
  const { answer } = await ask(hour, { of: tenants.slice(2) })
  assert.deepEqual([answer.unallocated, answer.total], [1, 0.6])
})

test('without prices it says so, and what cannot be asked is refused', async () => {
  const unpriced = await ask('', { config: pricedConfig(['order']) })
  assert.deepEqual([unpriced.status, unpriced.answer.code], [404, 'COST_UNPRICED'])
  for (const query of ['from=yesterday', 'to=2026-11-01', 'tenant=tenant-a', 'by=hour', 'x=1']) {
    const { status, answer } = await ask(query)
    assert.deepEqual([status, answer.code], [400, 'USAGE_QUERY_INVALID'], query)
  }
})
