import { requireContext, TenantryError } from '@tenantry/context'
import type { CloudEvent, SignedEvent } from './cloud-event.ts'
import { coveredBy, eventDigest } from './event-signature.ts'

/** An event as a service's handler gets it: verified, its data parsed, and with no word of the tenant. */
export interface ReceivedEvent<Data = unknown> {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject: string | undefined
  /** RFC 3339, in UTC and whole seconds. */
  readonly time: string
  readonly data: Data
}

/**
 * Takes a delivered event for the one that this scope's transaction token was minted for. The token service verified
 * the event's signature and put its digest into the token, so a service needs no key to know it again.
 * Throws `CONTEXT_MISSING`, `EVENT_MALFORMED` (400) or `EVENT_REFUSED` (403) for any other event.
 */
export function acceptEvent(event: SignedEvent): ReceivedEvent {
  const { event: origin, tenant } = requireContext()
  const { tenantid, id, source, type, subject, time, data } = coveredBy(event)
  // INVARIANT: identity is signed or it is nothing. The token names one event of one tenant; no other is handled.
  const vouchedFor =
    origin?.digest === eventDigest(event) &&
    origin.id === id &&
    origin.type === type &&
    tenant.id === tenantid
  if (!vouchedFor) {
    throw new TenantryError('EVENT_REFUSED', 'the token is not for this event', {
      status: 403,
      help: 'deliver the event with the token that was minted for it',
    })
  }
  return { id, source, type, subject, time, data: parse(data) }
}

function parse(data: CloudEvent['data']): unknown {
  try {
    return JSON.parse(data)
  } catch (cause) {
    throw new TenantryError('EVENT_MALFORMED', 'event refused: its data is not JSON', {
      status: 400,
      help: 'emit events with `emit`, which writes JSON',
      cause,
    })
  }
}
