import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readContext, requireScope, Scope, type TraceContext, writeTraceContext } from '@tenantry/context'
import { clients } from '../test/call-clients.ts'
import { inScope, install, listen } from '../test/call-plant.ts'
import { currentTrace } from './current-trace.ts'

const caller: TraceContext = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  flags: 1,
  state: 'a=1,b=2',
}

/** Runs `work` in a scope that goes on in the caller's trace. */
async function inTrace<T>(work: (trace: TraceContext) => Promise<T>): Promise<T> {
  const context = await inScope(async () => readContext())
  assert.ok(context)
  const scope = new Scope(context, { caller })
  return scope.run(() => work(scope.trace))
}

for (const [name, call] of Object.entries(clients)) {
  test(`${name} goes on in the trace of its scope, as that work’s own call`, async () => {
    const product = await listen()
    install({ product: product.origin })
    const { traceparent } = await inTrace(async (trace) => {
      await call('http://product/')
      return writeTraceContext(trace)
    })
    assert.match(String(traceparent), new RegExp(`^00-${caller.traceId}-(?!${caller.spanId}).{16}-01$`))
    assert.deepEqual(product.seen[0]?.traceparent, [traceparent])
    assert.deepEqual(product.seen[0]?.tracestate, [caller.state])
  })

  test(`${name} leaves the trace that a request of the service has, and replaces one that is none`, async () => {
    const product = await listen()
    install({ product: product.origin })
    const own = '00-11111111111111111111111111111111-2222222222222222-00'
    await inTrace(() => call('http://product/', { headers: { Traceparent: own, tracestate: 'c=3' } }))
    await inTrace(() => call('http://product/', { headers: { TraceParent: 'mine', tracestate: 'c=3' } }))
    assert.deepEqual(product.seen[0]?.traceparent, [own])
    assert.deepEqual(product.seen[0]?.tracestate, ['c=3'])
    assert.match(String(product.seen[1]?.traceparent), new RegExp(`^00-${caller.traceId}-`))
    assert.deepEqual(product.seen[1]?.tracestate, [caller.state])
  })
}

test('a request to another host is told nothing of the trace', async () => {
  const foreign = await listen()
  install({})
  await inTrace(() => fetch(foreign.origin))
  assert.deepEqual([foreign.seen[0]?.traceparent, foreign.seen[0]?.tracestate], [undefined, undefined])
})

test('work that nothing called is one trace, and outside a scope there is none', async () => {
  await inScope(async () => {
    assert.deepEqual(currentTrace(), requireScope().trace)
    assert.deepEqual(currentTrace(), currentTrace())
  })
  assert.equal(currentTrace(), undefined)
})
