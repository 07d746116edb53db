import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingMessage, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { after, afterEach, before, test } from 'node:test'
import { assertionCredential, generateSigningJwk, publicJwk, readSigningKey } from '@tenantry/context'
import { UsageLedger, UsageReporter, UsageSeries } from '@tenantry/metrics'
import { type DirectoryWorkload, readConfig } from '@tenantry/routing'
import { Pool } from 'pg'
import {
  createTestDatabase,
  startTestPostgres,
  type TestDatabase,
} from '../../../../../tools/test-postgres.ts'
import { usageTotals } from '../../../test/usage-totals.ts'
import { DirectoryPublisher } from '../tenants/directory-publisher.ts'
import { createWorkloadApi } from '../workloads/workload-api.ts'
import { LiveUsage } from './live-usage.ts'
import { UsageIntake } from './usage-intake.ts'
import { UsageStore } from './usage-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-intake-'))
const socketPath = join(folder, 'control.sock')
const kinds: Record<string, DirectoryWorkload['kind']> = {
  gateway: 'gateway',
  relay: 'relay',
  'token-service': 'token-service',
  'order.pool': 'service',
  'order.0a0a0a0a': 'service',
}
const keys = new Map(Object.keys(kinds).map((id) => [id, generateSigningJwk()]))
const publisher = new DirectoryPublisher()
const dropped: string[] = []
let database: TestDatabase
let pool: Pool
let store: UsageStore
let server: Server

before(async () => {
  const postgres = await startTestPostgres()
  database = await createTestDatabase(postgres)
  pool = new Pool({ ...postgres, database: database.name })
  store = new UsageStore(pool)
  await store.install()
  const config = readConfig({
    mode: 'development',
    trustDomain: 'shop.example',
    identity: { issuer: 'http://localhost:1', audience: 'shop', claims: { tenant: 't', role: 'r' } },
    tiers: { basic: { placement: 'pool' }, premium: { placement: 'silo' } },
    services: { order: { entry: 'order.ts' } },
  })
  const deployed = { service: 'order', database: 'd', role: 'r', addresses: [] }
  publisher.publish({
    type: 'snapshot',
    tenants: [
      { id: 'tenant-a', tier: 'basic', status: 'active', placement: { order: 'pool' }, silo: null },
      { id: 'tenant-s', tier: 'basic', status: 'suspended', placement: { order: 'pool' }, silo: null },
      { id: 'tenant-c', tier: 'premium', status: 'active', placement: { order: 'silo' }, silo: '0a0a0a0a' },
    ],
    deployments: [
      { ...deployed, id: 'order.pool', tenant: null },
      { ...deployed, id: 'order.0a0a0a0a', tenant: 'tenant-c' },
    ],
    workloads: [...keys].map(([id, key]) => ({
      ...{ id, kind: kinds[id] ?? 'service' },
      jwk: publicJwk(key),
    })),
    databases: [],
  })
  const { directory } = publisher
  const usage = new UsageIntake({
    ...{ directory, store, live: new LiveUsage(), series: new UsageSeries(10) },
    onDropped: (workload, reason, rows) => dropped.push(`${rows} of ${workload}: ${reason}`),
  })
  const verifier = { verify: () => assert.fail('no token is asked for') }
  server = createWorkloadApi({ config, publisher, verifier, usage }).listen(socketPath)
  await once(server, 'listening')
})
afterEach(async () => {
  dropped.length = 0
  await pool.query('truncate usage')
})
after(async () => {
  server.close()
  server.closeAllConnections()
  await pool.end()
  await database.drop()
  rmSync(folder, { recursive: true })
})

const credentialOf = (workload: string, key = keys.get(workload) ?? generateSigningJwk()) =>
  assertionCredential(workload, readSigningKey(key))
const hourS = Math.floor(Date.now() / 3_600_000) * 3_600
const epoch = '7c0ef1a4-6a1b-4c55-8d3c-3f4a1f1f6f10'
const rowOf = (tenant: unknown, totals: object = usageTotals(1), hour = hourS) => ({
  ...{ hourS: hour, tenant, totals },
})
const reportOf = (rows: unknown[], changes: object = {}) => ({
  ...{ epoch, collection: 1, sinceMs: 1_000, rows, callers: {} },
  ...changes,
})

async function post(body: unknown, assertion: string): Promise<[number | undefined, string | undefined]> {
  const call = request({
    ...{ socketPath, method: 'POST', path: '/usage' },
    headers: { authorization: `Bearer ${assertion}` },
  }).end(typeof body === 'string' ? body : JSON.stringify(body))
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  return [answer.statusCode, ((await json(answer)) as { code?: string }).code]
}
const report = (workload: string, rows: unknown[], changes: object = {}) =>
  post(reportOf(rows, changes), credentialOf(workload)('control-plane'))
const stored = async () =>
  (await Array.fromAsync(store.read({ fromS: 0, toS: 1e10, by: 'hour' }))).map(
    ({ tenant, tier, service, deployment, totals }) =>
      `${tenant} ${tier} ${service} ${deployment} ${totals.requests}`,
  )

test('what processes report is stored under who they are by their credential, with the tier of the catalog', async () => {
  for (const workload of ['gateway', 'relay', 'order.pool'])
    assert.deepEqual(await report(workload, [rowOf('tenant-a'), rowOf('tenant-s')]), [200, undefined])
  assert.deepEqual(await report('order.0a0a0a0a', [rowOf('tenant-c', usageTotals(2))]), [200, undefined])
  assert.deepEqual(await stored(), [
    'tenant-a basic gateway gateway 1',
    'tenant-a basic order order.pool 1',
    'tenant-a basic relay relay 1',
    'tenant-c premium order order.0a0a0a0a 2',
    'tenant-s basic gateway gateway 1',
    'tenant-s basic order order.pool 1',
    'tenant-s basic relay relay 1',
  ])
  assert.deepEqual(dropped, [])
})

test('a deployment tells of the tenants that it serves, and of no other', async () => {
  await report('order.pool', [rowOf('tenant-c'), rowOf('tenant-a')])
  await report('order.0a0a0a0a', [rowOf('tenant-a')])
  assert.deepEqual(await stored(), ['tenant-a basic order order.pool 1'])
  assert.deepEqual(dropped, [
    '1 of order.pool: is of a tenant that is served elsewhere',
    '1 of order.0a0a0a0a: is of a tenant that is served elsewhere',
  ])
})

test('a row that cannot be true is left out and told of, and the others are stored', async () => {
  const bad: [reason: string, row: unknown][] = [
    ['is of no tenant', rowOf('tenant-z')],
    ['is of no tenant', rowOf('constructor')],
    ['is malformed', rowOf(7)],
    ['is malformed', rowOf('tenant-a', usageTotals(-1))],
    ['is malformed', rowOf('tenant-a', usageTotals(1, { cpuMs: null as never }))],
    ['is malformed', rowOf('tenant-a', usageTotals(1, { bytesIn: 1e16 }))],
    ['is malformed', rowOf('tenant-a', usageTotals(1, { bytesIn: 0.5 }))],
    ['is malformed', rowOf('tenant-a', { ...usageTotals(1), tier: 'premium' })],
    ['is malformed', rowOf('tenant-a', usageTotals(1, { durations: [1] }))],
    ['is malformed', rowOf('tenant-a', usageTotals(1), hourS + 1)],
    ['does not add up', rowOf('tenant-a', { ...usageTotals(1), requests: 2 })],
    ['does not add up', rowOf('tenant-a', usageTotals(1, { errors: 2 }))],
    ['is of an hour to come', rowOf('tenant-a', usageTotals(1), hourS + 7_200)],
    ['is more than a day old', rowOf('tenant-a', usageTotals(1), hourS - 26 * 3_600)],
    ['is there twice', rowOf('tenant-s', usageTotals(9))],
  ]
  for (const [reason, row] of bad) {
    dropped.length = 0
    assert.deepEqual(await report('gateway', [rowOf('tenant-s'), row]), [200, undefined])
    assert.deepEqual(dropped, [`1 of gateway: ${reason}`], JSON.stringify(row))
  }
  assert.deepEqual(await stored(), ['tenant-s basic gateway gateway 1'])
})

test('what is no report, or too large, is refused', async () => {
  const assertion = credentialOf('gateway')('control-plane')
  const refused = [
    ...['', '{', '[]', '{}', 'x'.repeat(1024 * 1024 + 1)],
    reportOf(Array.from({ length: 1_001 }, () => rowOf('tenant-a'))),
    reportOf([], { epoch: '' }),
    reportOf([], { callers: { gateway: -1 } }),
    reportOf([], { more: 1 }),
  ]
  for (const body of refused) assert.deepEqual(await post(body, assertion), [400, 'USAGE_INVALID'])
  assert.deepEqual(await stored(), [])
})

test('nobody reports without a credential, or as another, and not who has no tenants', async () => {
  const body = reportOf([rowOf('tenant-a')])
  for (const assertion of ['', credentialOf('gateway', keys.get('order.pool'))('control-plane')])
    assert.deepEqual(await post(body, assertion), [401, 'WORKLOAD_REFUSED'])
  assert.deepEqual(await post(body, credentialOf('gateway')('token-service')), [401, 'WORKLOAD_REFUSED'])
  assert.deepEqual(await report('token-service', [rowOf('tenant-a')]), [403, 'WORKLOAD_REFUSED'])
  assert.deepEqual(await stored(), [])
})

test('a report is answered once it is committed, and a reporter tells again what the database could not take', async () => {
  const ledger = new UsageLedger()
  const troubles: string[] = []
  const reporter = new UsageReporter({
    ...{ ledger, socketPath, credential: credentialOf('gateway') },
    onTrouble: (reason) => troubles.push(reason),
  })
  await pool.query('alter table usage rename to away')
  ledger.addRequest('tenant-a', { status: 200, limited: false, durationMs: 1, bytesIn: 1, bytesOut: 1 })
  await new Promise((resolve) => setTimeout(resolve, 1_300))
  assert.equal(troubles.length, 1)
  await pool.query('alter table away rename to usage')
  await reporter.stop()
  assert.deepEqual(await stored(), ['tenant-a basic gateway gateway 1'])
})
