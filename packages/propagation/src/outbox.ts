import { randomUUID } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import { refuseCentral, TenantryError, writeTraceContext } from '@tenantry/context'
import { eventAttributes, eventDataBytesMax } from './cloud-event.ts'
import { currentTrace } from './current-trace.ts'

/** An event that was written into the outbox, as `emissions` tells of it. */
export interface Emission {
  readonly id: string
  readonly type: string
}

/** Told of each event once its row is written, in the scope that emitted it; its transaction may still be rolled back. */
export const emissions = channel('tenantry:event.emitted')

/** What an event is written with: the connection of the transaction that also writes the data it tells of. */
export interface OutboxWriter {
  query(text: string, values: unknown[]): Promise<unknown>
}

/** What may be said of an event besides its type and data. */
export interface EmitOptions {
  /**
   * What the event is about, such as an order's id. A service gets the events of one subject in the order in which
   * they were emitted; events without one may overtake each other.
   */
  subject?: string
}

/**
 * Writes an event into the outbox and returns its id. It is delivered if and only if the transaction of `writer`
 * commits, and stays in the trace that it was emitted in: give it the connection that the data is written with, inside the same transaction.
 * Throws `EVENT_INVALID` for a type, subject or data that no event can have, `EVENT_OUTSIDE_TRANSACTION` for a pool,
 * `CONTEXT_CENTRAL` in central work.
 */
export async function emit(
  writer: OutboxWriter,
  type: string,
  data: unknown,
  { subject }: EmitOptions = {},
): Promise<string> {
  refuseCentral()
  // A pool would write it in a transaction of its own, and so tell of what may never happen.
  if ('idleCount' in writer) throw outsideTransaction()
  if (!eventAttributes.type.test(type)) throw invalid('`type`', 'use letters, digits, dots and hyphens')
  if (subject !== undefined && !eventAttributes.subject.test(subject)) {
    throw invalid('`subject`', 'use 1 to 256 characters, none of them a control character')
  }
  const text = JSON.stringify(data)
  if (text === undefined) throw invalid('`data`', 'give a value that JSON can hold')
  if (Buffer.byteLength(text) > eventDataBytesMax) {
    throw invalid('`data`', `keep it under ${eventDataBytesMax / 1024} KiB, and refer to what is larger`)
  }
  const id = randomUUID()
  const trace = currentTrace()
  const { traceparent = null, tracestate = null } = trace ? writeTraceContext(trace) : {}
  await writer.query(
    'insert into outbox (id, type, subject, data, traceparent, tracestate) values ($1, $2, $3, $4, $5, $6)',
    [id, type, subject ?? null, text, traceparent, tracestate],
  )
  if (emissions.hasSubscribers) emissions.publish({ id, type } satisfies Emission)
  return id
}

function invalid(what: string, help: string): TenantryError {
  return new TenantryError('EVENT_INVALID', `${what} of the event is not valid`, { help })
}

function outsideTransaction(): TenantryError {
  return new TenantryError('EVENT_OUTSIDE_TRANSACTION', 'an event was to be emitted outside a transaction', {
    help: 'emit inside `db.transaction`, with the transaction that writes the data',
  })
}
