import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { test } from 'node:test'
import { generateSigningJwk, keyFinder, publicJwk, readSigningKey } from '@tenantry/context'
import { type CloudEvent, readEventFromJson, type SignedEvent, writeEventToJson } from './cloud-event.ts'
import { eventDigest, signEvent, verificationMaterial, verifyEvent } from './event-signature.ts'

const jwk = generateSigningJwk()
const key = readSigningKey(jwk)
const findKey = keyFinder([publicJwk(jwk)])

const event: CloudEvent = {
  specversion: '1.0',
  id: 'f1f3a9f2-0a0e-4c1c-93ab-8d7a5a3b0f11',
  source: 'urn:tenantry:service:order',
  type: 'order.placed',
  subject: 'order 1 · é',
  time: '2026-11-23T18:00:00Z',
  datacontenttype: 'application/json',
  tenantid: 'tenant-a',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  tracestate: 'vendor=t61rcWkgMzE,other@system=00 f0',
  data: '{"total":1.0}',
}

function refuses(changed: SignedEvent, code = 'EVENT_SIGNATURE') {
  assert.throws(() => verifyEvent(changed, findKey), { code, status: 400 })
}

test('a signed event verifies, and what comes back is what was signed', () => {
  assert.deepEqual(verifyEvent(signEvent(event, key), findKey), event)
  const { tracestate: _, ...stateless } = event
  assert.deepEqual(verifyEvent(signEvent(stateless, key), findKey), stateless)
  const { subject: __, traceparent: ___, ...plain } = stateless
  assert.deepEqual(verifyEvent(signEvent(plain, key), findKey), plain)
})

test('a change of any attribute, or of the data, is refused', () => {
  const signed = signEvent(event, key)
  const changes: Partial<Record<keyof SignedEvent, string>> = {
    id: 'other',
    source: 'urn:tenantry:service:invoice',
    type: 'order.paid',
    subject: 'order 2',
    time: '2026-11-23T18:00:01Z',
    tenantid: 'tenant-b',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00',
    tracestate: 'vendor=t61rcWkgMzE',
    data: '{"total":1}',
    signedextattrs: 'traceparent,tenantid',
  }
  for (const [name, value] of Object.entries(changes)) refuses({ ...signed, [name]: value } as SignedEvent)
  const { subject: _, ...withoutSubject } = signed
  refuses(withoutSubject)
  const { tracestate: __, ...withoutState } = signed
  refuses(withoutState)
  refuses({ ...signed, specversion: '0.3' as '1.0' }, 'EVENT_MALFORMED')
  refuses({ ...signed, datacontenttype: 'text/plain' as 'application/json' }, 'EVENT_MALFORMED')
})

test('the signature has to cover the tenant', () => {
  const { tenantid: _, ...rest } = signEvent(event, key)
  for (const signedextattrs of ['traceparent', 'id', 'tenantid,tenantid', 'tenantid,', 'dssematerial']) {
    refuses({ ...rest, tenantid: 'tenant-b', signedextattrs })
  }
})

test('a valid signature that leaves the tenant out is refused', () => {
  const { tenantid: _, ...others } = event
  const payload = verificationMaterial({ ...others, signedextattrs: 'traceparent' })
  const payloadType = 'https://cloudevents.io/verifiability/dsse/v0.1'
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} 32 `), payload])
  const sig = sign('sha256', signed, { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  const envelope = {
    payload: payload.toString('base64'),
    payloadType,
    signatures: [{ keyid: key.kid, sig: sig.toString('base64') }],
  }
  const dssematerial = Buffer.from(JSON.stringify(envelope)).toString('base64')
  const unbound = { ...event, signedextattrs: 'traceparent', dssematerial }
  assert.throws(() => verifyEvent(unbound, findKey), {
    code: 'EVENT_SIGNATURE',
    message: 'event refused: the signature does not cover the tenant',
  })
})

test('a signature by another key, of another event, or of another kind is refused', () => {
  const signed = signEvent(event, key)
  refuses(signEvent(event, readSigningKey(generateSigningJwk())))
  refuses({ ...signed, dssematerial: signEvent({ ...event, tenantid: 'tenant-b' }, key).dssematerial })
  const envelope = JSON.parse(Buffer.from(signed.dssematerial, 'base64').toString())
  const withEnvelope = (changed: object) => ({
    ...signed,
    dssematerial: Buffer.from(JSON.stringify(changed)).toString('base64'),
  })
  refuses(withEnvelope({ ...envelope, payloadType: 'application/json' }))
  refuses(withEnvelope({ ...envelope, signatures: [] }))
  refuses(withEnvelope({ ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] }))
  refuses(withEnvelope({ ...envelope, payload: verificationMaterial({ id: 'other' }).toString('base64') }))
  refuses(withEnvelope([]))
  refuses({ ...signed, dssematerial: 'bm90IGpzb24=' })
})

test('an attribute that the signature does not cover is dropped, not passed on', () => {
  const { traceparent, tracestate, ...plain } = event
  const signed = { ...signEvent(plain, key), traceparent, tracestate, role: 'admin' } as SignedEvent
  assert.deepEqual(verifyEvent(signed, findKey), plain)
  const stateless = { ...plain, traceparent: traceparent ?? '' }
  const withState = { ...signEvent(stateless, key), tracestate: 'vendor=forged' }
  assert.deepEqual(verifyEvent(withState, findKey), stateless)
})

test('what tracing systems say is bounded, and never there without the trace', () => {
  const refused = { code: 'EVENT_MALFORMED', status: 400 }
  assert.ok(signEvent({ ...event, tracestate: 'x'.repeat(512) }, key))
  for (const tracestate of ['', 'x'.repeat(513), 'a=1\r\nx: y', 'a=\u00e9'])
    assert.throws(() => signEvent({ ...event, tracestate }, key), refused)
  const { traceparent: _, ...untraced } = event
  assert.throws(() => signEvent(untraced, key), refused)
})

test('the digest tells two events apart that differ in anything, and survives the JSON format', () => {
  const signed = signEvent(event, key)
  const digest = eventDigest(signed)
  assert.equal(eventDigest(signEvent(event, key)), digest)
  assert.equal(eventDigest(readEventFromJson(writeEventToJson(signed))), digest)
  assert.notEqual(eventDigest(signEvent({ ...event, tenantid: 'tenant-b' }, key)), digest)
  assert.deepEqual(verifyEvent(readEventFromJson(writeEventToJson(signed)), findKey), event)
})

test('the material is that of the published extension, case 5', () => {
  const material = verificationMaterial({
    specversion: '1.0',
    id: '1',
    source: 'example/uri',
    type: 'example.type.binary',
    datacontenttype: 'application/octet-stream',
    data: Buffer.from('8J+koQ==', 'base64').toString(),
  })
  assert.equal(material.toString('base64'), 'qCSeiZkS+hH9WiClfq6plfqYNVy2kvxWRfoBrLEzoDk=')
})

test('what is not an event is refused before any signature is looked at', () => {
  const signed = signEvent(event, key)
  for (const tenantid of ['Tenant-a', 'a--b', '', '-a']) refuses({ ...signed, tenantid }, 'EVENT_MALFORMED')
  refuses({ ...signed, data: 'x'.repeat(256 * 1024 + 1) }, 'EVENT_MALFORMED')
  refuses({ ...signed, data: undefined } as unknown as SignedEvent, 'EVENT_MALFORMED')
  for (const json of ['', '[]', 'null', '{}', '{"__proto__":{"id":"x"}}']) {
    assert.throws(() => readEventFromJson(json), { code: 'EVENT_MALFORMED', status: 400 })
  }
})
