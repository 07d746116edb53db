import type { IncomingHttpHeaders } from 'node:http'
import { requireContext, TenantryError } from '@tenantry/context'
import { acceptEvent, handleOnce, type ReceivedEvent, readEventFromHttp } from '@tenantry/propagation'
import type { Pool, Queryable } from '../pg.ts'
import type { Runtime } from '../runtime/runtime.ts'

/** What an adapter is set up with. */
export interface TenantryOptions {
  /** Where events are handled: the inbox row and the effect commit together. Needed for `onEvent`. */
  readonly db?: Pool | undefined
}

/** Handles one event. It commits when the handler settles; when it rejects, the event is delivered again. */
export type EventHandler = (event: ReceivedEvent, transaction: Queryable) => unknown

/** Where the relay delivers events to, by POST. */
export const eventsPath = '/.tenantry/events'

/** A service's handlers of events, by type. */
export class EventHandlers {
  readonly #handlers = new Map<string, EventHandler>()
  readonly #runtime: Runtime
  readonly #db: Pool | undefined

  constructor(runtime: Runtime, { db }: TenantryOptions) {
    this.#runtime = runtime
    this.#db = db
  }

  /** False without a database: then there are no deliveries. */
  get takesDeliveries(): boolean {
    return this.#db !== undefined
  }

  /** Handles the events of a type that this service declares in `subscribes`. Throws `EVENT_UNDECLARED`. */
  add(type: string, handler: EventHandler): void {
    const { service, subscribes } = this.#runtime.document
    if (!this.#db || !subscribes.includes(type)) {
      throw new TenantryError('EVENT_UNDECLARED', `\`${service}\` cannot handle \`${type}\``, {
        help: 'declare the type in `subscribes` of tenantry.config.ts, and register the adapter with `db`',
      })
    }
    this.#handlers.set(type, handler)
  }

  /**
   * Handles a delivery, in its scope, with the effect of once. `body` is its bytes, before anything has parsed them: the
   * digest that the token vouches for is over those. Rejects as `acceptEvent` throws, with `EVENT_UNHANDLED` (404),
   * or with the handler's own error.
   */
  async handle(headers: IncomingHttpHeaders, body: Buffer | string): Promise<void> {
    const event = acceptEvent(readEventFromHttp(headers, body))
    const handler = this.#handlers.get(event.type)
    if (!this.#db || !handler) {
      throw new TenantryError('EVENT_UNHANDLED', `there is no handler for \`${event.type}\``, {
        status: 404,
        help: 'add one with `onEvent`, or take the type out of `subscribes`',
      })
    }
    const outcome = await handleOnce(this.#db, event, (received, transaction) =>
      handler(received, transaction as Queryable),
    )
    if (outcome !== 'handled') return
    this.#runtime.meters.recordEvent('delivered', event.type, undefined)
    this.#runtime.usage?.ledger.addEvent(requireContext().tenant.id, 'delivered')
  }
}
