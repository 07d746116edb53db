import { type EventIdentity, EventTransaction, type TransactionPool } from './event-transaction.ts'

/**
 * Handles an event with the effect of once: `handler` gets a transaction whose first row is the event's inbox row,
 * and it commits when `handler` settles. Of two deliveries, also at the same time, the second finds the row of the
 * first and is rolled back. Returns `handled`, or `repeated` when the event had been handled before.
 *
 * The transaction begins with the first statement that `handler` runs, so that calls made before it hold no
 * connection. What a handler does elsewhere, such as a call to another service, is done again when the event is
 * delivered again: it has to be repeatable by itself.
 * Rejects with the handler's error, or `EVENT_ROLLED_BACK` when it hid a failed statement; then nothing is kept.
 */
export async function handleOnce<Query, Event extends EventIdentity>(
  pool: TransactionPool<Query>,
  event: Event,
  handler: (event: Event, transaction: { readonly query: Query }) => unknown,
): Promise<'handled' | 'repeated'> {
  const transaction = new EventTransaction(pool, event)
  try {
    await handler(event, { query: transaction.query })
    await transaction.commit()
    return 'handled'
  } catch (error) {
    await transaction.rollback()
    // Whatever the handler made of being refused: the effect is there already.
    if (transaction.repeated) return 'repeated'
    throw error
  }
}
