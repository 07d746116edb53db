import assert from 'node:assert/strict'
import { test } from 'node:test'
import { continueTrace, readTraceContext, writeTraceContext } from './trace-context.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const valid = `00-${traceId}-${spanId}-01`

const read = (traceparent: string, ...tracestates: string[]) => readTraceContext([traceparent], tracestates)

test('a valid traceparent is read', () => {
  assert.deepEqual(read(valid), { traceId, spanId, flags: 1, state: undefined })
  assert.equal(read(`00-${traceId}-${spanId}-00`)?.flags, 0)
  // Flags that no version we know has are not passed on.
  assert.equal(read(`00-${traceId}-${spanId}-ff`)?.flags, 3)
})

test('a later version is read as far as it is known', () => {
  assert.equal(read(`cc-${traceId}-${spanId}-01`)?.traceId, traceId)
  assert.equal(read(`cc-${traceId}-${spanId}-01-what-more`)?.traceId, traceId)
  assert.equal(read(`cc-${traceId}-${spanId}-01.what`), undefined)
})

test('what is not a traceparent is none', () => {
  for (const traceparent of [
    '',
    'x',
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId}-${spanId}-1`,
    `00-${traceId}-${spanId}`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.slice(1)}-${spanId}-01`,
    ` ${valid}`,
    `${valid} `,
    `${valid}\n`,
    `${valid},${valid}`,
    `00_${traceId}_${spanId}_01`,
    `.0-${traceId}-${spanId}-01`,
  ]) {
    assert.equal(read(traceparent), undefined, traceparent)
  }
  assert.equal(readTraceContext([valid, valid], []), undefined)
  assert.equal(readTraceContext([], ['a=1']), undefined)
})

test('a valid tracestate is kept in its order, from however many headers', () => {
  assert.equal(read(valid, 'a=1,b=2', ' c=3 ,, d=x y')?.state, 'a=1,b=2,c=3,d=x y')
  assert.equal(read(valid, 'tenant@system=1,0a*/-_=~!')?.state, 'tenant@system=1,0a*/-_=~!')
  assert.equal(read(valid, '')?.state, undefined)
  const many = Array.from({ length: 32 }, (_, at) => `k${at}=v`).join(',')
  assert.equal(read(valid, many)?.state, many)
})

test('a tracestate that is not valid is left out, and the trace goes on', () => {
  for (const state of [
    'a',
    '=1',
    'a=',
    'A=1',
    'a=1,a=2',
    'a=1=2',
    'a=\u00e9',
    'a=\t1',
    `${'a'.repeat(257)}=1`,
    `a=${'1'.repeat(257)}`,
    Array.from({ length: 33 }, (_, at) => `k${at}=v`).join(','),
  ]) {
    const context = read(valid, state)
    assert.deepEqual([context?.traceId, context?.state], [traceId, undefined], state)
  }
})

test('of a long tracestate whole members are kept, the newest', () => {
  const state = read(valid, ...['a', 'b', 'c'].map((key) => `${key}=${'x'.repeat(198)}`))?.state
  assert.deepEqual(
    state?.split(',').map((member) => [member[0], member.length]),
    [
      ['a', 200],
      ['b', 200],
    ],
  )
})

test('work goes on in the trace of what called it, under an id of its own', () => {
  const caller = read(valid, 'a=1')
  const work = continueTrace(caller)
  assert.deepEqual({ ...work, spanId: '' }, { traceId, spanId: '', flags: 1, state: 'a=1' })
  assert.notEqual(work.spanId, spanId)
  assert.deepEqual(writeTraceContext(work), {
    traceparent: `00-${traceId}-${work.spanId}-01`,
    tracestate: 'a=1',
  })
})

test('work that nothing called begins a trace of its own, which can be read again', () => {
  const [one, other] = [continueTrace(undefined), continueTrace(undefined)]
  assert.notEqual(one.traceId, other.traceId)
  const { traceparent = '', tracestate } = writeTraceContext(one)
  assert.equal(tracestate, undefined)
  assert.deepEqual(read(traceparent), one)
})
