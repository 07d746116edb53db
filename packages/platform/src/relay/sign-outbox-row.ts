import { readTraceContext, type SigningKey } from '@tenantry/context'
import { type CloudEvent, type SignedEvent, signEvent } from '@tenantry/propagation'

/** A row of an outbox as the relay reads it. The database vouches for the tenant, the service for the rest. */
export interface OutboxRow {
  readonly service: string
  readonly position: string
  readonly tenant: string
  readonly id: string
  readonly type: string
  readonly subject: string | null
  readonly data: string
  readonly traceparent: string | null
  readonly tracestate: string | null
  readonly createdAt: Date
}

/** Makes the signed event that a row tells of. Throws `EVENT_MALFORMED` for a row that can be none. */
export function signOutboxRow(row: OutboxRow, key: SigningKey): SignedEvent {
  // A time to come would keep the event deliverable beyond its age.
  const emittedAtMs = Math.min(Number(row.createdAt), Date.now())
  const time = Number.isFinite(emittedAtMs) ? new Date(emittedAtMs).toISOString() : ''
  return signEvent(
    {
      specversion: '1.0',
      id: row.id,
      source: `urn:tenantry:service:${row.service}`,
      type: row.type,
      ...(row.subject !== null && { subject: row.subject }),
      time: time.replace(/\.\d+Z$/, 'Z'),
      datacontenttype: 'application/json',
      tenantid: row.tenant,
      ...traceOf(row),
      data: row.data,
    },
    key,
  )
}

/** A `tracestate` that is none is left out: the event is delivered all the same, in its trace. */
function traceOf({ traceparent, tracestate }: OutboxRow): Pick<CloudEvent, 'traceparent' | 'tracestate'> {
  if (traceparent === null) return {}
  const state = tracestate === null ? undefined : readTraceContext([traceparent], [tracestate])?.state
  return { traceparent, ...(state !== undefined && { tracestate: state }) }
}
