import type { TokenServiceClient } from '@tenantry/context'
import type { Delivery } from './event-bus.ts'

/** Tokens for deliveries: one for each event and service, and for nothing else. */
export interface DeliveryTokens {
  /** Asks for the token of a delivery that will have its turn soon, so that many are asked for in one request. */
  prepare(delivery: Delivery): void
  /** The token of a delivery that has its turn. Rejects as the token service refuses it. */
  take(delivery: Delivery): Promise<string>
}

/** A token that was asked for longer ago may end while the event is handled. */
const preparedMaxMs = 10_000

/** Gets tokens from the token service, ahead of the deliveries that need them. */
export function createDeliveryTokens(
  client: Pick<TokenServiceClient, 'mintForEvent'>,
  audience: string,
): DeliveryTokens {
  const prepared = new WeakMap<Delivery, { token: Promise<string>; atMs: number }>()
  const mint = ({ event, service }: Delivery) => client.mintForEvent(event, { audience, service })
  return {
    prepare(delivery) {
      const token = mint(delivery)
      // Why there is none is told when it is needed.
      token.catch(() => undefined)
      prepared.set(delivery, { token, atMs: Date.now() })
    },
    take(delivery) {
      const known = prepared.get(delivery)
      return known && Date.now() - known.atMs < preparedMaxMs ? known.token : mint(delivery)
    },
  }
}
