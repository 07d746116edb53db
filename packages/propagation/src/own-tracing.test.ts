// OpenTelemetry's instrumentations patch the whole process: a file of its own.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { context, propagation, type Span, SpanKind, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { clients } from '../test/call-clients.ts'
import { inScope, install, listen } from '../test/call-plant.ts'
import { currentTrace } from './current-trace.ts'

const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
const instrumentations = [new UndiciInstrumentation(), new HttpInstrumentation()]
// It patches what is required after it.
createRequire(import.meta.url)('node:http')

const tracer = trace.getTracer('service')

async function inSpan<T>(work: (span: Span) => Promise<T>): Promise<T> {
  return tracer.startActiveSpan('work', async (span) => {
    try {
      return await work(span)
    } finally {
      span.end()
    }
  })
}

function setTracing(on: boolean): void {
  for (const instrumentation of instrumentations) {
    if (on) instrumentation.enable()
    else instrumentation.disable()
  }
}

for (const [name, call] of Object.entries(clients)) {
  test(`${name}: the span that the service’s own tracing makes of a call is its parent`, async () => {
    const product = await listen()
    install({ product: product.origin })
    exporter.reset()
    setTracing(true)
    const { traceId } = await inScope(() =>
      inSpan(async (span) => {
        assert.equal(await call('http://product/'), 200)
        return span.spanContext()
      }),
    )
    setTracing(false)
    const [traceparent, ...more] = [product.seen[0]?.traceparent ?? []].flat()
    assert.deepEqual(more, [])
    const spans = exporter.getFinishedSpans()
    // `http.request` that was kept from before makes no span: then the service's own is the parent.
    const parent = (
      spans.find(({ kind }) => kind === SpanKind.CLIENT) ?? spans.find(({ name }) => name === 'work')
    )?.spanContext().spanId
    assert.equal(traceparent, `00-${traceId}-${parent}-01`)
  })

  test(`${name}: without a span of the call, the active one is its parent`, async () => {
    const product = await listen()
    install({ product: product.origin })
    setTracing(false)
    const { traceId, spanId } = await inScope(() =>
      inSpan(async (span) => {
        assert.equal(await call('http://product/'), 200)
        return span.spanContext()
      }),
    )
    assert.deepEqual(product.seen[0]?.traceparent, [`00-${traceId}-${spanId}-01`])
  })
}

test('the active span stands before the scope, and the scope’s trace where none is active', async () => {
  await inScope(async () => {
    const own = currentTrace()
    const { traceId, spanId } = await inSpan(async (span) => {
      const { traceId, spanId } = span.spanContext()
      assert.deepEqual(currentTrace(), { traceId, spanId, flags: 1, state: undefined })
      return span.spanContext()
    })
    assert.notDeepEqual([own?.traceId, own?.spanId], [traceId, spanId])
    assert.deepEqual(currentTrace(), own)
  })
})
