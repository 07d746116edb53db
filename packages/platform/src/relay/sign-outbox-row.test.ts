import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateSigningJwk, keyFinder, publicJwk, readSigningKey } from '@tenantry/context'
import { verifyEvent } from '@tenantry/propagation'
import { type OutboxRow, signOutboxRow } from './sign-outbox-row.ts'

const jwk = generateSigningJwk()
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

function traceOf(row: Partial<OutboxRow>): (string | undefined)[] {
  const whole: OutboxRow = {
    service: 'order',
    position: '1',
    tenant: 'a',
    id: 'e1',
    type: 'order.placed',
    subject: null,
    data: '{}',
    traceparent: null,
    tracestate: null,
    createdAt: new Date(),
    ...row,
  }
  const event = verifyEvent(signOutboxRow(whole, readSigningKey(jwk)), keyFinder([publicJwk(jwk)]))
  return [event.traceparent, event.tracestate]
}

test('an event has the trace of its row, and what tracing systems say of it', () => {
  assert.deepEqual(traceOf({}), [undefined, undefined])
  assert.deepEqual(traceOf({ traceparent }), [traceparent, undefined])
  assert.deepEqual(traceOf({ traceparent, tracestate: 'a=1,b=2' }), [traceparent, 'a=1,b=2'])
  const full = Array.from({ length: 32 }, (_, at) => `k${at}=v`).join(',')
  assert.deepEqual(traceOf({ traceparent, tracestate: full }), [traceparent, full])
})

test('a service may write anything there: what is no list of members is left out, and the event stays in its trace', () => {
  const many = Array.from({ length: 33 }, (_, at) => `k${at}=v`).join(',')
  for (const tracestate of [
    '',
    ' ',
    'a',
    'a=1,a=2',
    'A=1',
    'a=1\r\nx-tenant: b',
    'a=é',
    `a=${'x'.repeat(257)}`,
    many,
  ])
    assert.deepEqual(traceOf({ traceparent, tracestate }), [traceparent, undefined], tracestate)
})

test('without a trace nothing is said of one', () => {
  assert.deepEqual(traceOf({ tracestate: 'a=1' }), [undefined, undefined])
})
