import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMeters } from '@tenantry/metrics'
import { ownSamples } from './own-samples.ts'

const own = 'service_name="order",tenantry_deployment="order.pool"'
const told = (line: string) =>
  ownSamples('order.pool', `# TYPE a_total counter\n${line}`).split('\n').slice(1)

test('a process’s page is kept whole, whatever routes it has', async () => {
  const meters = createMeters({ service: 'order', deployment: 'order.pool' })
  const answered = { tenant: { id: 'tenant-a', tier: 'basic' }, method: 'GET', status: 200, durationS: 1e-7 }
  for (const route of ['/orders/:id', 'a "quoted"\n\\ one', '', 'é'])
    meters.recordRequest({ ...answered, route })
  meters.startRequest('GET')
  meters.recordEvent('emitted', 'order.placed', answered.tenant)
  const page = await meters.prometheusPage()
  assert.equal(ownSamples('order.pool', page), page.replaceAll(/\n+$/g, ''))
})

test('a sample of another process, or of none, is left out', () => {
  assert.deepEqual(told(`a_total{${own}} 1`), [`a_total{${own}} 1`])
  for (const labels of [
    'service_name="order",tenantry_deployment="invoice.pool"',
    'service_name="order"',
    `tenantry_deployment="invoice.pool",${own}`,
    `note="tenantry_deployment=\\"order.pool\\""`,
  ])
    assert.deepEqual(told(`a_total{${labels}} 1`), [], labels)
})

test('a line that a reader would refuse, or take for another family’s, is left out', () => {
  for (const line of [
    ...[`a_total{${own}} one`, `a_total{${own}}`, `a_total{${own}} 1 2 3`, `1a{${own}} 1`, 'a_total 1'],
    ...[`a_total{${own},a="1",a="2"} 1`, `a_total{${own},a="\\x"} 1`, `a_total{${own},1="a"} 1`],
    ...[`a_total{${own},le="1",le="2"} 1`, `a_total{${own}le="1"} 1`, `a_total{${own},a="x"b="y"} 1`],
    ...[`b_total{${own}} 1`, '# TYPE a_total nonsense', '# EOF', 'a_total{', '\u0000'],
  ])
    assert.deepEqual(told(line), [], line)
})

test('what the control plane alone tells is not taken from others', () => {
  for (const name of [
    'tenantry_usage_requests_total',
    'tenantry_tenant_loud_ratio',
    'tenantry_events_waiting',
  ])
    assert.equal(ownSamples('order.pool', `# TYPE ${name} gauge\n${name}{${own}} 1`), '', name)
})
