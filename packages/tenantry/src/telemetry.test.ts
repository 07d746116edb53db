// A tracer is the whole process's: a file of its own.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import Fastify from 'fastify'
import { pino } from 'pino'
import { Agent, request } from 'undici'
import { TestPlatform } from '../test/test-platform.ts'
import { tenantry } from './fastify.ts'
import { logFields, tenantSpans } from './index.ts'

const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: [tenantSpans(), new SimpleSpanProcessor({ exporter })] }),
)
const tracer = trace.getTracer('service')

const platform = await TestPlatform.start()
platform.becomeDeployment()
const lines: Record<string, unknown>[] = []
const keep = { write: (line: string) => void lines.push(JSON.parse(line)) }
// What calls of this process’s own would not carry: a request from outside.
const dispatcher = new Agent()
const log = pino({ mixin: logFields }, keep)
const app = Fastify({ logger: { stream: keep } })
// As instrumentation of the server would: its span begins before anyone knows whose the request is.
app.addHook('onRequest', (incoming, _reply, done) => {
  const span = tracer.startSpan('server')
  incoming.raw.once('close', () => span.end())
  context.with(trace.setSpan(context.active(), span), done)
})
await app.register(tenantry)
app.get('/notes', async (incoming) => {
  log.info('by a logger of its own')
  incoming.log.info('by the framework’s')
  tracer.startSpan('inside').end()
  return {}
})
app.get('/fails', async () => {
  throw new Error('a mistake')
})
const origin = await app.listen({ host: '127.0.0.1', port: 0 })
after(async () => {
  await app.close()
  await dispatcher.close()
  platform.stop()
})

const ask = async (path: string, tenant?: string) => {
  const headers = tenant === undefined ? {} : { ...platform.caller(), 'txn-token': platform.token(tenant) }
  const { statusCode, body } = await request(`${origin}${path}`, { headers, dispatcher })
  await body.dump()
  return statusCode
}

test('log lines of a request’s work name its tenant, its request and its trace, also those of the framework', async () => {
  lines.length = 0
  await Promise.all(['tenant-a', 'tenant-b'].map((tenant) => ask('/notes', tenant)))
  for (const tenant of ['tenant-a', 'tenant-b']) {
    const own = lines.filter((line) => line.tenant === tenant)
    const messages = own.map(({ msg }) => msg)
    assert.deepEqual(messages.sort(), ['by a logger of its own', 'by the framework’s', 'request completed'])
    const [first] = own
    for (const line of own) {
      assert.equal(line.request_id, first?.request_id)
      assert.match(String(line.trace_id), /^[\da-f]{32}$/)
      assert.equal(line.tier, 'basic')
    }
  }
})

test('outside a scope a log line names nobody, and a failed request is logged under its tenant', async () => {
  lines.length = 0
  log.info('nobody’s')
  assert.equal('tenant' in (lines[0] ?? {}), false)
  assert.equal(await ask('/fails', 'tenant-a'), 500)
  const failed = lines.find(({ msg }) => msg === 'request failed')
  assert.equal(failed?.tenant, 'tenant-a')
  assert.equal(await ask('/notes'), 401)
  assert.equal(
    lines.some((line) => line.msg === 'request completed' && line.tenant === undefined),
    true,
  )
})

test('the span of a request and those inside it name the tenant, and no other span does', async () => {
  exporter.reset()
  await ask('/notes', 'tenant-a')
  tracer.startSpan('outside').end()
  await ask('/notes')
  const told = exporter
    .getFinishedSpans()
    .map(({ name, attributes }) => [name, attributes['tenant.id'], attributes['tenant.tier']])
  assert.deepEqual(
    told.sort(([a], [b]) => String(a).localeCompare(String(b))),
    [
      ['inside', 'tenant-a', 'basic'],
      ['outside', undefined, undefined],
      ['server', 'tenant-a', 'basic'],
      ['server', undefined, undefined],
    ],
  )
})
