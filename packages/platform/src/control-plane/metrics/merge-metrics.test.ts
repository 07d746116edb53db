import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMeters } from '@tenantry/metrics'
import { mergeMetrics } from './merge-metrics.ts'

async function pageOf(service: string, requests: number): Promise<string> {
  const meters = createMeters({ service, deployment: `${service}.pool` })
  const tenant = { id: 'tenant-a', tier: 'basic' }
  for (let n = 0; n < requests; n++) {
    meters.recordRequest({ tenant, method: 'GET', route: '/', status: 200, durationS: 0.1 })
  }
  if (service === 'order') meters.recordEvent('emitted', 'order.placed', tenant)
  return meters.prometheusPage()
}

test('the pages of several processes become one, with each family once and every sample in it', async () => {
  const pages = await Promise.all([pageOf('order', 2), pageOf('invoice', 3)])
  const merged = mergeMetrics(pages)
  for (const keyword of ['HELP', 'TYPE', 'UNIT']) {
    const families = merged.match(new RegExp(`^# ${keyword} \\S+`, 'gm')) ?? []
    assert.equal(new Set(families).size, families.length, keyword)
  }
  assert.match(merged, /^http_server_request_duration_seconds_count\{service_name="order".* 2$/m)
  assert.match(merged, /^http_server_request_duration_seconds_count\{service_name="invoice".* 3$/m)
  assert.match(merged, /^tenantry_events_emitted_total\{service_name="order".* 1$/m)
  const samples = (text: string) => text.split('\n').filter((line) => line && !line.startsWith('#'))
  assert.deepEqual(samples(merged).sort(), pages.flatMap(samples).sort())
})

test('a family’s samples follow its own head', async () => {
  let family = ''
  for (const line of mergeMetrics([await pageOf('order', 1), await pageOf('invoice', 1)]).split('\n')) {
    family = /^# \S+ (\S+)/.exec(line)?.[1] ?? family
    if (line) assert.ok(line.startsWith('#') || line.startsWith(family), `${line} under ${family}`)
  }
})

test('an empty page adds nothing', () => {
  assert.equal(mergeMetrics(['# no registered metrics\n', '']), '')
})
