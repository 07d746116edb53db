/**
 * How does the context travel? Through calls to other services, and through signed events.
 * @module
 */

export { acceptEvent, type ReceivedEvent } from './accept-event.ts'
export { createCallDispatcher } from './call-dispatcher.ts'
export {
  type CloudEvent,
  eventAgeMaxMs,
  eventDataBytesMax,
  readEventFromJson,
  type SignedEvent,
  writeEventToJson,
} from './cloud-event.ts'
export { type EventHttpMessage, readEventFromHttp, writeEventToHttp } from './event-http.ts'
export { coveredBy, eventDigest, signEvent, verifyEvent } from './event-signature.ts'
export type { EventIdentity, TransactionClient, TransactionPool } from './event-transaction.ts'
export { handleOnce } from './handle-once.ts'
export { type Emission, type EmitOptions, emissions, emit, type OutboxWriter } from './outbox.ts'
export { type CallOptions, OutgoingCalls } from './outgoing-calls.ts'
export { routeNodeHttp } from './route-node-http.ts'
export { type EventTable, outboxChannel, systemTables } from './system-tables.ts'
