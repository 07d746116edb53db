import { isTenantId, TenantryError } from '@tenantry/context'

/** An event as CloudEvents 1.0 describes it, with the extension `tenantid`. */
export interface CloudEvent {
  readonly specversion: '1.0'
  /** Unique within `source`: the two together name the event. */
  readonly id: string
  readonly source: string
  readonly type: string
  /** What the event is about. Events of one subject are delivered in the order in which they were emitted. */
  readonly subject?: string
  /** RFC 3339 in UTC and whole seconds: no more than that is covered by the signature. */
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly tenantid: string
  /** W3C trace context of the work that emitted the event. */
  readonly traceparent?: string
  /** What tracing systems say to each other of that trace; never without `traceparent`. Nobody is believed by it. */
  readonly tracestate?: string
  /** JSON text, byte for byte as it was signed. */
  readonly data: string
}

/** A CloudEvent with the verification material of CloudEvents' verifiability extension. */
export interface SignedEvent extends CloudEvent {
  /** Which extension attributes the signature covers, comma-separated. */
  readonly signedextattrs: string
  /** The DSSE envelope, in base64. */
  readonly dssematerial: string
}

/** The largest `data` of an event, in bytes. */
export const eventDataBytesMax = 256 * 1024

/**
 * How old an event may be that is still delivered, by its signed time: the token service mints nothing for one that is older, so
 * that no service handles it any more, whoever delivers it.
 */
export const eventAgeMaxMs = 7 * 24 * 60 * 60 * 1000

/** The longest `tracestate` of an event, in characters (W3C Trace Context, 3.3.1.5). */
export const tracestateLengthMax = 512

/** The attributes of an event that are text, each with what it may hold. */
export const eventAttributes = {
  specversion: /^1\.0$/,
  id: /^[!-~]{1,128}$/,
  source: /^[!-~]{1,256}$/,
  type: /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
  subject: /^[^\p{Cc}\p{Cs}]{1,256}$/u,
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  datacontenttype: /^application\/json$/,
  tenantid: /^[a-z0-9-]{1,40}$/,
  traceparent: /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/,
  tracestate: /^[ -~]{1,512}$/,
  signedextattrs: /^[a-z0-9,]{1,128}$/,
  dssematerial: /^[A-Za-z0-9+/]{1,2048}={0,2}$/,
} as const

type Attribute = keyof typeof eventAttributes

const optional: readonly Attribute[] = ['subject', 'traceparent', 'tracestate']
const ofSignature: readonly Attribute[] = ['signedextattrs', 'dssematerial']

/**
 * Checks that `value` is an event of ours and returns its known attributes and no others.
 * Throws `EVENT_MALFORMED` (400), naming the attribute.
 */
export function readEvent(value: Record<string, unknown>): CloudEvent {
  return readAttributes(value, [...optional, ...ofSignature]) as unknown as CloudEvent
}

/** The same for an event that must be signed. */
export function readSignedEvent(value: Record<string, unknown>): SignedEvent {
  return readAttributes(value, optional) as unknown as SignedEvent
}

/**
 * Writes an event in CloudEvents' JSON format. Its data goes as `data_base64`: a parser between would give back
 * other bytes than those that were signed.
 */
export function writeEventToJson({ data, ...attributes }: SignedEvent): string {
  return JSON.stringify({ ...attributes, data_base64: Buffer.from(data).toString('base64') })
}

/** Reads an event from CloudEvents' JSON format. It is not verified by that. Throws `EVENT_MALFORMED` (400). */
export function readEventFromJson(json: string): SignedEvent {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw malformed('it is not JSON', cause)
  }
  if (typeof value !== 'object' || value === null) throw malformed('it is not an object')
  const { data_base64: data, ...attributes } = value as Record<string, unknown>
  if (typeof data !== 'string') throw malformed('`data_base64` is missing')
  return readSignedEvent({ ...attributes, data: readEventData(Buffer.from(data, 'base64')) })
}

/** Reads an event's data as text. Throws `EVENT_MALFORMED` (400) when it is too large or not UTF-8. */
export function readEventData(bytes: Buffer): string {
  if (bytes.length > eventDataBytesMax) throw malformed('`data` is too large')
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw malformed('`data` is not UTF-8', cause)
  }
}

// Strict, and no byte is dropped: what is read is what was signed.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function readAttributes(
  value: Record<string, unknown>,
  mayMiss: readonly Attribute[],
): Record<string, unknown> {
  const event: Record<string, unknown> = {}
  for (const [name, pattern] of Object.entries(eventAttributes)) {
    const attribute = Object.hasOwn(value, name) ? value[name] : undefined
    if (attribute === undefined && mayMiss.includes(name as Attribute)) continue
    if (typeof attribute !== 'string' || !pattern.test(attribute)) throw malformed(`\`${name}\` is not valid`)
    event[name] = attribute
  }
  if (event.tracestate !== undefined && event.traceparent === undefined)
    throw malformed('`tracestate` is there without `traceparent`')
  if (!isTenantId(event.tenantid)) throw malformed('`tenantid` is not valid')
  const { data } = value
  if (typeof data !== 'string' || Buffer.byteLength(data) > eventDataBytesMax)
    throw malformed('`data` is not valid')
  return { ...event, data }
}

/** An event that cannot be read as one of ours. */
export function malformed(fact: string, cause?: unknown): TenantryError {
  return new TenantryError('EVENT_MALFORMED', `event refused: ${fact}`, {
    status: 400,
    help: 'send the event exactly as the relay delivered it',
    cause,
  })
}
