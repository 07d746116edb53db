import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '@tenantry/routing'
import type { KeptHop } from './ask-for-hops.ts'
import { explainRequest } from './explain-request.ts'

const config = readConfig({
  mode: 'development',
  trustDomain: 'shop.example',
  identity: {
    issuer: 'http://localhost:1',
    audience: 'shop',
    claims: { tenant: ['app', 'tenant'], role: 'role' },
  },
  tiers: {
    basic: { placement: 'pool', limits: { requestsPerSecond: 5, concurrency: 2 } },
    advanced: { placement: { invoice: 'silo', '*': 'pool' } },
  },
  services: { order: { entry: 'o', routes: ['/orders'] }, invoice: { entry: 'i', routes: ['/invoices'] } },
})
const base = {
  request: 'r',
  trace: 't',
  atMs: Date.UTC(2026, 0, 1),
  ms: 5,
  tenant: 'tenant-a',
  tier: 'basic',
}
const gateway = (more: object = {}): KeptHop =>
  ({
    ...base,
    ...{ kind: 'gateway', process: 'gateway', method: 'POST', status: 200, route: '/orders' },
    ...{ service: 'order', deployment: 'order.pool', issuer: 'http://localhost:1' },
    ...more,
  }) as KeptHop
const service = (more: object = {}): KeptHop =>
  ({
    ...base,
    ...{
      kind: 'service',
      process: 'order.pool',
      service: 'order',
      deployment: 'order.pool',
      atMs: base.atMs + 1.25,
    },
    ...{ method: 'POST', route: '/orders', status: 200, caller: 'gateway' },
    ...more,
  }) as KeptHop
const explain = (...hops: KeptHop[]) => explainRequest({ id: 'r', hops, complete: true, unread: [] }, config)

test('names who asked what, whose token with which claims, and which rules placed it', () => {
  const { hops, ...explained } = explain(gateway({ resolvedBy: ['host'], addressed: 'tenant-a' }), service())
  assert.deepEqual(explained, {
    ...{ request: 'r', trace: 't', at: '2026-01-01T00:00:00.000Z', ms: 5, status: 200 },
    asked: { method: 'POST', route: '/orders', ingress: null },
    identity: {
      ...{ resolvedBy: ['host'], addressed: 'tenant-a', issuer: 'http://localhost:1' },
      claims: { tenant: ['app', 'tenant'], subject: 'sub', role: 'role' },
    },
    tenant: { id: 'tenant-a', tier: 'basic' },
    placement: {
      ...{ service: 'order', deployment: 'order.pool', kind: 'pool' },
      ...{ routedBy: 'services.order.routes', placedBy: 'tiers.basic.placement' },
    },
    ...{ refusal: null, complete: true, unread: [] },
  })
  assert.deepEqual(
    hops.map(({ process, offsetMs }) => [process, offsetMs]),
    [
      ['gateway', 0],
      ['order.pool', 1.3],
    ],
  )
})

test('the rule is the one of the service, or that for the rest; a placement that no rule gives is the catalog’s', () => {
  const placedBy = (more: object) => explain(gateway({ tier: 'advanced', ...more })).placement?.placedBy
  assert.equal(placedBy({}), 'tiers.advanced.placement.*')
  assert.equal(
    placedBy({ service: 'invoice', deployment: 'invoice.3f9c2a71' }),
    'tiers.advanced.placement.invoice',
  )
  assert.equal(placedBy({ service: 'invoice', deployment: 'invoice.pool' }), 'catalog')
  assert.equal(placedBy({ tier: 'gone' }), 'catalog')
  assert.equal(placedBy({ tier: '__proto__' }), 'catalog')
})

test('a limit is told with how much it is, and by what says so', () => {
  const refused = { status: 429, code: 'LIMIT_EXCEEDED' }
  const of = (limit: object) => explain(gateway({ ...refused, limit })).refusal
  assert.deepEqual(of({ by: 'rate', max: 5, own: false }), {
    ...{ by: 'gateway', ...refused, limit: { by: 'rate', max: 5 } },
    setting: 'tiers.basic.limits.requestsPerSecond',
  })
  assert.equal(of({ by: 'concurrency', max: 2, own: false })?.setting, 'tiers.basic.limits.concurrency')
  assert.equal(of({ by: 'rate', max: 9, own: true })?.setting, 'tenantry limit tenant-a')
})

test('who refused it is the gateway, or the deployment whose answer it handed on', () => {
  const busy = explain(gateway({ status: 503, code: 'DEPLOYMENT_BUSY' })).refusal
  assert.deepEqual([busy?.by, busy?.setting], ['gateway', 'limits.deployment'])
  const denied = explain(gateway({ status: 403 }), service({ status: 403, code: 'LEASE_REVOKED' })).refusal
  assert.deepEqual([denied?.by, denied?.code, denied?.status], ['order.pool', 'LEASE_REVOKED', 403])
  const own = explain(gateway({ status: 404 }), service({ status: 404 })).refusal
  assert.deepEqual([own?.by, own?.code, own?.setting], ['order.pool', null, null])
  // A call that failed on the way does not make an answered request a refused one.
  assert.equal(explain(gateway(), service({ status: 404 })).refusal, null)
})

test('of a request that no token was verified of, no claim, tenant or placement is told', () => {
  const nobody = {
    tenant: undefined,
    tier: undefined,
    issuer: undefined,
    service: undefined,
    deployment: undefined,
  }
  const { identity, tenant, placement, refusal } = explain(
    gateway({ ...nobody, route: undefined, status: 401, code: 'ACCESS_TOKEN_MISSING' }),
  )
  assert.deepEqual(identity, { resolvedBy: [], addressed: null, issuer: null, claims: null })
  assert.deepEqual([tenant, placement], [null, null])
  assert.equal(refusal?.code, 'ACCESS_TOKEN_MISSING')
})

test('work that came by no gateway is told without what only a gateway knows', () => {
  const { asked, identity, placement, tenant, status } = explain(service())
  assert.deepEqual([asked, identity, placement], [null, null, null])
  assert.deepEqual([tenant?.id, status], ['tenant-a', 200])
})
