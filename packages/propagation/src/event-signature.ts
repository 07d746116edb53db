import { hash, timingSafeEqual } from 'node:crypto'
import { type FindKey, type SigningKey, signEs256, TenantryError, verifyEs256 } from '@tenantry/context'
import { type CloudEvent, readEvent, readSignedEvent, type SignedEvent } from './cloud-event.ts'

const payloadType = 'https://cloudevents.io/verifiability/dsse/v0.1'
const core = ['id', 'source', 'specversion', 'type', 'datacontenttype', 'dataschema', 'subject', 'time']
const signable = ['tenantid', 'traceparent', 'tracestate'] as const

/**
 * Signs an event by CloudEvents' verifiability extension: ES256 over a DSSE envelope that covers every attribute,
 * the data, and above all `tenantid`. Throws `EVENT_MALFORMED`.
 */
export function signEvent(event: CloudEvent, key: SigningKey): SignedEvent {
  const unsigned = readEvent({ ...event })
  const signedextattrs = signable.filter((name) => unsigned[name] !== undefined).join(',')
  const payload = verificationMaterial({ ...unsigned, signedextattrs })
  const sig = signEs256(preAuthentication(payload), key.privateKey)
  const envelope = {
    payload: payload.toString('base64'),
    payloadType,
    signatures: [{ keyid: key.kid, sig: sig.toString('base64') }],
  }
  const dssematerial = Buffer.from(JSON.stringify(envelope)).toString('base64')
  return readSignedEvent({ ...unsigned, signedextattrs, dssematerial })
}

/**
 * Verifies a signed event and returns a new one with what the signature covers and nothing else.
 * Throws `EVENT_MALFORMED` or `EVENT_SIGNATURE` (400 each).
 */
export function verifyEvent(event: SignedEvent, findKey: FindKey): CloudEvent {
  const read = readSignedEvent({ ...event })
  const { payload, keyid, sig } = readEnvelope(read.dssematerial)
  const key = findKey(keyid)
  if (!key) throw forged('signed with an unknown key')
  if (!verifyEs256(preAuthentication(payload), key, sig)) throw forged('the signature is not valid')
  // INVARIANT: identity is signed or it is nothing. Tenant, type and data are the very ones that were signed.
  const material = verificationMaterial({ ...read })
  if (payload.length !== material.length || !timingSafeEqual(payload, material))
    throw forged('it was changed after it was signed')
  return coveredBy(read)
}

/** What the signature of an event is over, in base64url: two events with one digest are one event. */
export function eventDigest(event: SignedEvent): string {
  return verificationMaterial({ ...readSignedEvent({ ...event }) }).toString('base64url')
}

/** The attributes that the signature of `event` covers, and the data. */
export function coveredBy(event: SignedEvent): CloudEvent {
  const { signedextattrs, dssematerial: _, ...covered } = event
  const names = readNames(signedextattrs)
  if (!names.includes('tenantid')) throw forged('the signature does not cover the tenant')
  const uncovered = new Set<string>(signable.filter((name) => !names.includes(name)))
  return readEvent(Object.fromEntries(Object.entries(covered).filter(([name]) => !uncovered.has(name))))
}

/**
 * The 32 bytes that an event's signature is over: a digest of the digests of its attributes in their fixed order,
 * its data, and the name and value of each extension that `signedextattrs` lists.
 */
export function verificationMaterial(event: Record<string, string | undefined>): Buffer {
  const digests = [...core, 'data'].map((name) => sha256(event[name] ?? ''))
  for (const name of readNames(event.signedextattrs ?? '')) {
    digests.push(sha256(name), sha256(event[name] ?? ''))
  }
  return hash('sha256', Buffer.concat(digests), 'buffer')
}

function readNames(signedextattrs: string): string[] {
  const names = signedextattrs === '' ? [] : signedextattrs.split(',')
  const allowed = names.every(
    (name) =>
      /^[a-z0-9]{1,20}$/.test(name) && !core.includes(name) && name !== 'data' && !name.startsWith('dsse'),
  )
  if (allowed && !names.includes('signedextattrs') && new Set(names).size === names.length) return names
  throw forged('`signedextattrs` is not valid')
}

function readEnvelope(dssematerial: string): { payload: Buffer; keyid: string; sig: Buffer } {
  let envelope: {
    payloadType?: unknown
    payload?: unknown
    signatures?: { keyid?: unknown; sig?: unknown }[]
  }
  try {
    envelope = JSON.parse(Buffer.from(dssematerial, 'base64').toString())
  } catch (cause) {
    throw forged('its envelope is not JSON', cause)
  }
  // The relay signs once; more signatures would be more ways to be believed.
  const [signature, ...others] = Array.isArray(envelope?.signatures) ? envelope.signatures : []
  const { keyid, sig } = signature ?? {}
  if (envelope?.payloadType !== payloadType) throw forged('its envelope is of another type')
  if (typeof envelope.payload !== 'string' || typeof keyid !== 'string' || typeof sig !== 'string')
    throw forged('its envelope is incomplete')
  if (others.length > 0) throw forged('its envelope has more than one signature')
  return { payload: Buffer.from(envelope.payload, 'base64'), keyid, sig: Buffer.from(sig, 'base64') }
}

// DSSE 1.0.2: what is signed names its type and both lengths, so that no two envelopes sign the same bytes.
function preAuthentication(payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `),
    payload,
  ])
}

/** What every event has, hashed once. */
const constants = ['', '1.0', 'application/json', ...signable]
const knownDigests = new Map(constants.map((value) => [value, hash('sha256', value, 'buffer')]))

function sha256(value: string): Buffer {
  return knownDigests.get(value) ?? hash('sha256', value, 'buffer')
}

function forged(fact: string, cause?: unknown): TenantryError {
  return new TenantryError('EVENT_SIGNATURE', `event refused: ${fact}`, {
    status: 400,
    help: 'only the relay signs events; see what was put on the bus past it',
    cause,
  })
}
