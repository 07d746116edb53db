import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMeters } from './meters.ts'
import { durationBoundsMs, type UsageTotals } from './usage.ts'
import { UsageSeries } from './usage-series.ts'

const used: UsageTotals = {
  ...{ requests: 3, errors: 1, limited: 2, durationMs: 1_500, durations: durationBoundsMs.map(() => 0) },
  ...{ bytesIn: 10, bytesOut: 20, statements: 4, databaseMs: 250, databaseRows: 5 },
  ...{ eventsEmitted: 6, eventsDelivered: 7, cpuMs: 125 },
}
const pool = { service: 'order', deployment: 'order.pool', isSilo: false }
const silo = { service: 'order', deployment: 'order.0a0a', isSilo: true }

async function pageOf(series: UsageSeries): Promise<string> {
  return createMeters({
    service: 'control-plane',
    deployment: 'control-plane',
    producers: [series],
  }).prometheusPage()
}

test('what a tenant used is told by figure, in base units, under tenant, service and deployment', async () => {
  const series = new UsageSeries(10)
  series.add({ id: 'tenant-a', tier: 'basic' }, pool, used)
  series.add({ id: 'tenant-a', tier: 'basic' }, pool, used)
  const page = await pageOf(series)
  const labels =
    'tenant_id="tenant-a",tenant_tier="basic",service_name="order",tenantry_deployment="order.pool"'
  for (const line of [
    `tenantry_usage_requests_total{${labels}} 6`,
    `tenantry_usage_errors_total{${labels}} 2`,
    `tenantry_usage_limited_total{${labels}} 4`,
    `tenantry_usage_request_time_seconds_total{${labels}} 3`,
    `tenantry_usage_bytes_in_total{${labels}} 20`,
    `tenantry_usage_bytes_out_total{${labels}} 40`,
    `tenantry_usage_database_statements_total{${labels}} 8`,
    `tenantry_usage_database_time_seconds_total{${labels}} 0.5`,
    `tenantry_usage_database_rows_total{${labels}} 10`,
    `tenantry_usage_events_emitted_total{${labels}} 12`,
    `tenantry_usage_events_delivered_total{${labels}} 14`,
    `tenantry_usage_cpu_time_seconds_total{${labels}} 0.25`,
  ])
    assert.ok(page.split('\n').includes(line), `${line} in\n${page}`)
  assert.match(page, /# HELP tenantry_usage_cpu_time_seconds_total Processor time, estimated/)
})

test('tenants without series of their own are told of by tier, and their silos together', async () => {
  const series = new UsageSeries(1)
  series.add({ id: 'tenant-a', tier: 'basic' }, silo, used)
  for (let n = 0; n < 1_000; n++)
    series.add({ id: `t-${n}`, tier: 'premium' }, { ...silo, deployment: `order.${n}` }, used)
  const lines = (await pageOf(series))
    .split('\n')
    .filter((line) => line.startsWith('tenantry_usage_requests_total{'))
  const of = (tenant: string, tier: string, deployment: string) =>
    `tenant_id="${tenant}",tenant_tier="${tier}",service_name="order",tenantry_deployment="${deployment}"`
  assert.deepEqual(lines, [
    `tenantry_usage_requests_total{${of('tenant-a', 'basic', 'order.0a0a')}} 3`,
    `tenantry_usage_requests_total{${of('_other', 'premium', 'order._other')}} 3000`,
  ])
})
