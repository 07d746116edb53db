import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInScope, type TenantContext } from '@tenantry/context'
import { createMeters } from './meters.ts'

const owner = { service: 'order', deployment: 'order.pool' }
const context = { tenant: { id: 'tenant-a', tier: 'basic' } } as TenantContext
const answered = { method: 'GET', route: '/orders', status: 200, durationS: 0.004 }

test('a request counts under its tenant, with duration and route', async () => {
  const meters = createMeters(owner)
  meters.recordRequest({ ...answered, tenant: context.tenant })
  const page = await meters.prometheusPage()
  const line = page.split('\n').find((text) => text.startsWith('http_server_request_duration_count'))
  for (const label of [
    'tenant_id="tenant-a"',
    'tenant_tier="basic"',
    'service_name="order"',
    'tenantry_deployment="order.pool"',
    'http_route="/orders"',
    'http_response_status_code="200"',
  ]) {
    assert.ok(line?.includes(label), `${label} in ${line}`)
  }
})

test('a request that was refused before its tenant was known counts under none', async () => {
  const meters = createMeters(owner)
  meters.recordRequest({ ...answered, tenant: undefined, status: 401 })
  assert.doesNotMatch(await meters.prometheusPage(), /tenant_id/)
})

test('a counter of the service takes the tenant from the scope', async () => {
  const meters = createMeters(owner)
  await runInScope(context, () => meters.count('order.created', 2))
  assert.match(await meters.prometheusPage(), /^order_created_total\{[^}]*tenant_id="tenant-a"[^}]*\} 2$/m)
})

test('outside a scope nothing is counted for a service', () => {
  assert.throws(() => createMeters(owner).count('order.created'), { code: 'CONTEXT_MISSING' })
})

test('a caller’s attributes can neither be unbounded nor take the tenant’s place', async () => {
  const meters = createMeters(owner)
  await runInScope(context, () => {
    assert.throws(() => meters.count('order.created', 1, { note: 'x'.repeat(65) }), {
      code: 'METRIC_INVALID',
    })
    assert.throws(() => meters.count('order.created', 1, { note: 'a\nb' }), { code: 'METRIC_INVALID' })
    assert.throws(() => meters.count('Order Created'), { code: 'METRIC_INVALID' })
    meters.count('order.created', 1, { 'tenant.id': 'tenant-z' })
  })
  assert.doesNotMatch(await meters.prometheusPage(), /tenant-z/)
})

test('a method that is none is counted as another, and series stay bounded', async () => {
  const meters = createMeters(owner)
  meters.recordRequest({ ...answered, tenant: undefined, method: 'BREW' })
  for (let n = 0; n < 2_100; n++) {
    meters.recordRequest({ ...answered, tenant: { id: `tenant-${n}`, tier: 'basic' } })
  }
  const page = await meters.prometheusPage()
  assert.match(page, /http_request_method="_OTHER"/)
  assert.match(page, /otel_metric_overflow="true"/)
  assert.ok((page.match(/_count\{/g) ?? []).length <= 2_000)
})
