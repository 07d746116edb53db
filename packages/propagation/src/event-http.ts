import {
  eventAttributes,
  malformed,
  readEventData,
  readSignedEvent,
  type SignedEvent,
} from './cloud-event.ts'

/** An event in the binary mode of CloudEvents' HTTP binding: attributes in headers, data in the body. */
export interface EventHttpMessage {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const contentType = 'application/json'

/** Writes an event for HTTP. */
export function writeEventToHttp({ data, ...attributes }: SignedEvent): EventHttpMessage {
  const headers: Record<string, string> = { 'content-type': contentType }
  for (const [name, value] of Object.entries(attributes)) {
    if (name !== 'datacontenttype') headers[`ce-${name}`] = encode(value)
  }
  return { headers, body: data }
}

/**
 * Reads an event from an HTTP message. Nothing of it is verified by that: see `acceptEvent`.
 * Throws `EVENT_MALFORMED` (400).
 */
export function readEventFromHttp(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Buffer | string,
): SignedEvent {
  const event: Record<string, unknown> = { datacontenttype: headers['content-type'] }
  for (const name of Object.keys(eventAttributes)) {
    const header = headers[`ce-${name}`]
    if (name !== 'datacontenttype' && header !== undefined) event[name] = decode(header)
  }
  return readSignedEvent({ ...event, data: readEventData(Buffer.from(body)) })
}

// HTTP binding 3.1.3.2: everything but printable ASCII, and space, quote and percent sign.
function encode(value: string): string {
  return value.replace(/[^!#$&-~]+/gu, encodeURIComponent)
}

function decode(header: string | string[]): string {
  try {
    return decodeURIComponent(String(header))
  } catch (cause) {
    throw malformed('a header is not percent-encoded UTF-8', cause)
  }
}
