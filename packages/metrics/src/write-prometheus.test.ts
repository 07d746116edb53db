import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMeters } from './meters.ts'

const own = 'service_name="order",tenantry_deployment="order.pool"'

function make() {
  const meters = createMeters({ service: 'order', deployment: 'order.pool' })
  return { meters, meter: meters.provider.getMeter('shop') }
}

test('counters, gauges and histograms are written as Prometheus reads them, buckets added up', async () => {
  const { meters, meter } = make()
  meter.createCounter('sold', { description: 'What was\n"sold" \\ given' }).add(2, { colour: 'red' })
  meter.createUpDownCounter('open').add(-1)
  const times = meter.createHistogram('wait', { unit: 's', advice: { explicitBucketBoundaries: [0.5, 1] } })
  for (const value of [0.25, 0.75, 7]) times.record(value)
  assert.equal(
    await meters.prometheusPage(),
    [
      '# HELP sold_total What was\\n"sold" \\\\ given',
      '# TYPE sold_total counter',
      `sold_total{${own},colour="red"} 2`,
      '# HELP open description missing',
      '# TYPE open gauge',
      `open{${own}} -1`,
      '# HELP wait_seconds description missing',
      '# TYPE wait_seconds histogram',
      `wait_seconds_count{${own}} 3`,
      `wait_seconds_sum{${own}} 8`,
      `wait_seconds_bucket{${own},le="0.5"} 1`,
      `wait_seconds_bucket{${own},le="1"} 2`,
      `wait_seconds_bucket{${own},le="+Inf"} 3`,
      '',
    ].join('\n'),
  )
})

test('no text leaves its label, and what is no number is written as one that is none', async () => {
  const { meters, meter } = make()
  const route = 'a "quoted"\n\\ one'
  meters.recordRequest({ tenant: undefined, method: 'GET', route, status: 200, durationS: 1 })
  for (const [name, value] of [
    ['nan', Number.NaN],
    ['up', Number.POSITIVE_INFINITY],
    ['down', Number.NEGATIVE_INFINITY],
  ] as const)
    meter.createGauge(name).record(value)
  const page = await meters.prometheusPage()
  assert.ok(page.includes(',http_route="a \\"quoted\\"\\n\\\\ one",'), page)
  for (const line of [`nan{${own}} NaN`, `up{${own}} +Inf`, `down{${own}} -Inf`])
    assert.ok(page.split('\n').includes(line), line)
})

test('before there is anything to tell the page is empty', async () => {
  assert.equal(await make().meters.prometheusPage(), '')
})
