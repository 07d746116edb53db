import { eventAgeMaxMs } from '@tenantry/propagation'
import { durationMs, type TenantryConfig } from '@tenantry/routing'

/** How long what is over is kept, in milliseconds since it was. */
export interface Retention {
  /** Rows of outboxes since they were relayed, and events on the bus since every subscriber handled them. */
  readonly handledMs: number
  /** What keeps an event from its second effect: rows of inboxes, and deliveries that operators discarded. */
  readonly undeliverableMs: number
  /** What operators did. */
  readonly recordsMs: number
}

// More than the clocks of two servers differ by, and than a token lives that was minted in the last moment.
const marginMs = 24 * 60 * 60 * 1000

/** The retention that a configuration asks for. */
export function retentionOf({ keep, keepRecords }: TenantryConfig['events']): Retention {
  const handledMs = durationMs(keep)
  return {
    handledMs,
    // INVARIANT: nothing is done twice. However short `keep` is, an event is forgotten by its inbox and its discarded delivery only
    // once the token service mints nothing for it any more: it was emitted before it was handled or discarded.
    undeliverableMs: Math.max(handledMs, eventAgeMaxMs) + marginMs,
    recordsMs: durationMs(keepRecords),
  }
}
