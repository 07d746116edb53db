import type { TokenServiceClient } from '@tenantry/context'
import type { Delivery } from './event-bus.ts'
import { gather } from './gather.ts'

/** Tokens for deliveries: one for each event and service, and for nothing else. */
export interface DeliveryTokens {
  /** Asks for the token of a delivery that will have its turn soon, so that many are asked for in one request. */
  prepare(delivery: Delivery): void
  /** The token of a delivery that has its turn. Rejects as the token service refuses it. */
  take(delivery: Delivery): Promise<string>
}

/** How many the token service works on while nobody else is answered: about two milliseconds. */
const deliveriesMax = 8
/** Of events, which are a third longer on their way. */
const bytesMax = 256 * 1024
/** A token that was asked for longer ago may end while the event is handled. */
const preparedMaxMs = 10_000

/** Gets tokens from the token service, several in one request. */
export function createDeliveryTokens(
  client: Pick<TokenServiceClient, 'mintForEvents'>,
  audience: string,
): DeliveryTokens {
  const prepared = new WeakMap<Delivery, { token: Promise<string>; atMs: number }>()
  const mint = gather<Delivery, string>(
    async (deliveries) => {
      const asked = deliveries.map(({ event, service }) => ({ signedEvent: event, service }))
      const answers = await client.mintForEvents(asked, { audience })
      return answers.map((answer) =>
        answer.status === 'fulfilled' ? answer.value : Promise.reject(answer.reason),
      )
    },
    { itemsMax: deliveriesMax, sizeOf: ({ event }) => Buffer.byteLength(event), sizeMax: bytesMax },
  )
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
