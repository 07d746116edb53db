import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMeters } from './meters.ts'

async function familiesOf(make: (meter: ReturnType<typeof meterOf>['meter']) => void): Promise<string[]> {
  const { meters, meter } = meterOf()
  make(meter)
  return [...(await meters.prometheusPage()).matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name)
}

function meterOf() {
  const meters = createMeters({ service: 'order', deployment: 'order.pool' })
  return { meters, meter: meters.provider.getMeter('shop') }
}

test('a name ends in its unit as Prometheus calls it, before the `total` of a counter', async () => {
  const families = await familiesOf((meter) => {
    meter.createCounter('work.time', { unit: 's' }).add(1)
    meter.createCounter('work.total', { unit: 'By' }).add(1)
    meter.createHistogram('wait', { unit: 'ms' }).record(1)
    meter.createGauge('full', { unit: '1' }).record(1)
  })
  assert.deepEqual(families, [
    ...['work_time_seconds_total', 'work_bytes_total', 'wait_milliseconds', 'full_ratio'],
  ])
})

test('a name that says its unit, a unit in braces, none, or one that nobody knows stays as it is', async () => {
  const families = await familiesOf((meter) => {
    meter.createCounter('bytes.in', { unit: 'By' }).add(1)
    meter.createCounter('orders', { unit: '{order}' }).add(1)
    meter.createCounter('runs', { unit: '1' }).add(1)
    meter.createGauge('depth').record(1)
    meter.createGauge('load', { unit: 'constructor' }).record(1)
  })
  assert.deepEqual(families, ['bytes_in_total', 'orders_total', 'runs_total', 'depth', 'load'])
})
