import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateSigningJwk, keyFinder, publicJwk, readSigningKey, runInScope } from '@tenantry/context'
import { acceptEvent } from './accept-event.ts'
import type { SignedEvent } from './cloud-event.ts'
import { readEventFromHttp, writeEventToHttp } from './event-http.ts'
import { eventDigest, signEvent, verifyEvent } from './event-signature.ts'

const jwk = generateSigningJwk()
const signed = signEvent(
  {
    specversion: '1.0',
    id: '1',
    source: 'urn:tenantry:service:order',
    type: 'order.placed',
    subject: 'größe "50%" ☕\u00a0end',
    time: '2026-11-23T18:00:00Z',
    datacontenttype: 'application/json',
    tenantid: 'tenant-a',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    tracestate: 'a=1 "%2",b@c=~!',
    data: '{"name":"☕","big":12345678901234567890}',
  },
  readSigningKey(jwk),
)

function inEventScope<T>(event: SignedEvent, work: () => T) {
  return runInScope(
    {
      tenant: { id: 'tenant-a', tier: 'basic' },
      user: undefined,
      event: { id: event.id, type: event.type, digest: eventDigest(event) },
      requestId: 'r1',
      scope: 'request',
      workload: 'relay',
      token: 'token',
      expiresAtMs: Date.now() + 60_000,
    },
    work,
  )
}

test('an event goes through HTTP headers and comes back the same, bytes and all', () => {
  const { headers, body } = writeEventToHttp(signed)
  assert.equal(headers['content-type'], 'application/json')
  for (const value of Object.values(headers)) assert.match(value, /^[!-~]+$/)
  const read = readEventFromHttp(headers, Buffer.from(body))
  assert.deepEqual(read, signed)
  verifyEvent(read, keyFinder([publicJwk(jwk)]))
})

test('a message that is not an event is refused', () => {
  const { headers, body } = writeEventToHttp(signed)
  const refused = { code: 'EVENT_MALFORMED', status: 400 }
  assert.throws(() => readEventFromHttp({ ...headers, 'ce-id': undefined }, body), refused)
  assert.throws(() => readEventFromHttp({ ...headers, 'ce-subject': '%zz' }, body), refused)
  assert.throws(
    () => readEventFromHttp({ ...headers, 'ce-tenantid': ['tenant-a', 'tenant-b'] }, body),
    refused,
  )
  assert.throws(() => readEventFromHttp({ ...headers, 'content-type': 'text/plain' }, body), refused)
  assert.throws(() => readEventFromHttp(headers, Buffer.from([0xff, 0xfe])), refused)
})

test('a handler gets the event that its token was minted for, without a word of the tenant', async () => {
  const received = await inEventScope(signed, () => acceptEvent(signed))
  assert.deepEqual(Object.keys(received).sort(), ['data', 'id', 'source', 'subject', 'time', 'type'])
  assert.equal(received.type, 'order.placed')
  assert.equal((received.data as { name: string }).name, '☕')
})

test('a forged or re-tenanted event is refused under the token of another', async () => {
  for (const change of [{ tenantid: 'tenant-b' }, { data: '{}' }, { id: '2' }, { type: 'order.paid' }]) {
    await inEventScope(signed, () =>
      assert.throws(() => acceptEvent({ ...signed, ...change }), { code: 'EVENT_REFUSED', status: 403 }),
    )
  }
  const retenanted = { ...signed, tenantid: 'tenant-b' }
  await inEventScope(retenanted, () =>
    assert.throws(() => acceptEvent(retenanted), { code: 'EVENT_REFUSED' }),
  )
  assert.throws(() => acceptEvent(signed), { code: 'CONTEXT_MISSING' })
})
