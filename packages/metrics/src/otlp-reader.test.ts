import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { test } from 'node:test'
import { createMeters } from './meters.ts'

/** As much of OTLP's `ExportMetricsServiceRequest` as the tests look at. */
interface Sent {
  resourceMetrics: {
    scopeMetrics: {
      metrics: {
        name: string
        histogram?: {
          aggregationTemporality: number
          dataPoints: {
            attributes: { key: string; value: object }[]
            count: number
            bucketCounts: number[]
          }[]
        }
        sum?: { isMonotonic: boolean }
      }[]
    }[]
  }[]
}

/** Somebody who takes what is sent by OTLP over HTTP. */
async function startCollector() {
  const sent: Sent[] = []
  const server = createServer(async (request, response) => {
    assert.equal(`${request.method} ${request.url}`, 'POST /v1/metrics')
    assert.equal(request.headers['content-type'], 'application/json')
    sent.push((await json(request)) as Sent)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    server.emit('sent')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`
  return { server, sent, url, next: () => once(server, 'sent') }
}

const tenant = { id: 'tenant-a', tier: 'basic' }
const answered = { tenant, method: 'GET', route: '/orders', status: 200, durationS: 0.004 }
const metricsOf = (sent: Sent | undefined) =>
  sent?.resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)) ?? []

test('metrics are sent to a collector at intervals, with the tenant, and once more at the end', async () => {
  const collector = await startCollector()
  const meters = createMeters({
    service: 'order',
    deployment: 'order.pool',
    otlp: { url: collector.url, everySeconds: 0.2 },
  })
  meters.recordRequest(answered)
  await collector.next()
  const [histogram] = metricsOf(collector.sent[0])
  assert.equal(histogram?.name, 'http.server.request.duration')
  // Cumulative: a collector that missed one has lost nothing.
  assert.equal(histogram?.histogram?.aggregationTemporality, 2)
  const [point] = histogram?.histogram?.dataPoints ?? []
  assert.equal(point?.count, 1)
  assert.equal(point?.bucketCounts[2], 1)
  const attributes = new Map(point?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
  assert.equal(attributes.get('tenant.id'), 'tenant-a')
  assert.equal(attributes.get('tenant.tier'), 'basic')
  assert.equal(attributes.get('service.name'), 'order')
  assert.equal(attributes.get('tenantry.deployment'), 'order.pool')
  meters.recordRequest(answered)
  meters.recordEvent('emitted', 'order.placed', tenant)
  await meters.close()
  const last = metricsOf(collector.sent.at(-1))
  assert.equal(last.find(({ histogram }) => histogram)?.histogram?.dataPoints[0]?.count, 2)
  assert.equal(last.find(({ name }) => name === 'tenantry.events.emitted')?.sum?.isMonotonic, true)
  collector.server.close()
  collector.server.closeAllConnections()
})

test('while the collector is away nothing fails, and what was counted is there once it is back', async () => {
  const collector = await startCollector()
  collector.server.close()
  collector.server.closeAllConnections()
  const { port } = new URL(collector.url)
  const meters = createMeters({
    service: 'order',
    deployment: 'order.pool',
    otlp: { url: collector.url, everySeconds: 0.2 },
  })
  meters.recordRequest(answered)
  await new Promise((resolve) => setTimeout(resolve, 500))
  assert.match(await meters.prometheusPage(), /_count\{.*\} 1/)
  collector.server.listen(Number(port), '127.0.0.1')
  await collector.next()
  assert.equal(metricsOf(collector.sent[0])[0]?.histogram?.dataPoints[0]?.count, 1)
  await meters.close()
  collector.server.close()
  collector.server.closeAllConnections()
})
