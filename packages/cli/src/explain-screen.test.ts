import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { Explanation } from '@tenantry/platform'
import { explainScreen } from './explain-screen.ts'

const hop = { request: 'r', atMs: 0, tenant: 'tenant-a', tier: 'basic' }
const explanation: Explanation = {
  ...{ request: 'r', trace: 't', at: '2026-01-01T00:00:00.000Z', ms: 40, status: 200, refusal: null },
  asked: { method: 'POST', route: '/orders', ingress: null },
  identity: {
    ...{ resolvedBy: ['host', 'path'], addressed: 'tenant-a', issuer: 'http://idp' },
    claims: { tenant: ['app', 'tenant'], subject: 'sub', role: 'role' },
  },
  tenant: { id: 'tenant-a', tier: 'basic' },
  placement: {
    ...{ service: 'order', deployment: 'order.pool', kind: 'pool' },
    ...{ routedBy: 'services.order.routes', placedBy: 'tiers.basic.placement' },
  },
  hops: [
    {
      ...hop,
      kind: 'gateway',
      process: 'gateway',
      offsetMs: 0,
      ms: 40,
      method: 'POST',
      route: '/orders',
      status: 200,
    },
    {
      ...{
        ...hop,
        kind: 'service',
        process: 'order.pool',
        offsetMs: 10,
        ms: 20,
        method: 'POST',
        route: '/orders',
      },
      ...{ service: 'order', deployment: 'order.pool', status: 200, caller: 'gateway' },
    },
    {
      ...{
        ...hop,
        kind: 'emitted',
        process: 'order.pool',
        offsetMs: 20,
        ms: 0,
        event: { id: 'e', type: 'order.placed' },
      },
      ...{ service: 'order', deployment: 'order.pool' },
    },
    {
      ...hop,
      kind: 'stored',
      process: 'relay',
      offsetMs: 60,
      ms: 0,
      event: { id: 'e', type: 'order.placed' },
    },
    {
      ...{
        ...hop,
        kind: 'delivered',
        process: 'relay',
        offsetMs: 70,
        ms: 30,
        event: { id: 'e', type: 'order.placed' },
      },
      ...{ service: 'invoice', deployment: 'invoice.pool', outcome: 'retry', attempt: 2 },
    },
  ],
  ...{ complete: true, unread: [] },
}
const screenOf = (changes: Partial<Explanation> = {}) =>
  stripVTControlCharacters(explainScreen({ ...explanation, ...changes })).split('\n')

test('facts are aligned, and each hop has a line with its time and a bar of the same scale', () => {
  assert.deepEqual(screenOf(), [
    'request   r',
    'trace     t',
    'at        2026-01-01T00:00:00.000Z, 40 ms',
    'asked     POST /orders',
    'answer    200',
    'resolved  tenant-a by host and path; token of http://idp (app.tenant, sub, role)',
    'tenant    tenant-a (basic)',
    'placed    order.pool by services.order.routes and tiers.basic.placement',
    '',
    '   at ms     took                            by          what',
    '     0.0     40.0  ━━━━━━━━━━                gateway     POST /orders → 200',
    '    10.0     20.0    ━━━━━━                  order.pool  POST /orders → 200 from gateway',
    '    20.0                •                    order.pool  emitted order.placed e',
    '    60.0                         •           relay       stored order.placed on the bus',
    '    70.0     30.0                  ━━━━━━━━  relay       delivered order.placed to invoice.pool: retry (attempt 2)',
  ])
})

test('a refusal is told with its code, who refused, the limit and what says so', () => {
  const refusal = {
    ...{ by: 'gateway', status: 429, code: 'LIMIT_EXCEEDED', limit: { by: 'rate', max: 5 } as const },
    setting: 'tiers.basic.limits.requestsPerSecond',
  }
  const lines = screenOf({ status: 429, refusal, identity: null, placement: null, tenant: null })
  assert.ok(
    lines.includes(
      'answer   429 LIMIT_EXCEEDED (by gateway, over 5 requests/s, see tiers.basic.limits.requestsPerSecond)',
    ),
    lines.join('\n'),
  )
  for (const name of ['resolved', 'tenant', 'placed']) assert.ok(!lines.some((line) => line.startsWith(name)))
})

test('what is missing is said', () => {
  const lines = screenOf({ complete: false, unread: ['invoice.pool'] })
  assert.deepEqual(lines.slice(-2), [
    'there is more than is shown',
    'not read: invoice.pool (what they did is missing)',
  ])
})

test('what a service wrote moves no cursor and forges no line', () => {
  const [, , emitted] = explanation.hops
  const evil = { ...emitted, event: { id: '\u001b[2J', type: 'a\nb' } } as Explanation['hops'][number]
  const screen = explainScreen({ ...explanation, hops: [evil] })
  assert.ok(!screen.includes('\u001b[2J'))
  assert.equal(screenOf({ hops: [evil] }).length, 11)
})
