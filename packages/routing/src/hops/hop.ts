import { z } from 'zod'

const id = z.string().min(1).max(256)
const word = z.string().max(128)
const number = z.number().finite()

const hop = {
  /** When it began, in milliseconds since 1970 by the clock of its process's machine. */
  atMs: number,
  /** How long it took, in milliseconds; 0 for what happened at one moment. */
  ms: number,
  /** The request, or the event whose handling it is: the transaction (`txn`) of its token. */
  request: id,
  /** The W3C trace, which a client may choose; the log of a request that no trace is known of has none. */
  trace: word.optional(),
  /** As verified; absent where the request was refused before. */
  tenant: word.optional(),
  tier: word.optional(),
}
const event = z.strictObject({ id, type: word })
const served = { service: word, deployment: word }
const answered = { method: word, status: z.int(), code: word.optional() }

/** What a process keeps of one request or event: which, when and how it ended, and nothing that a caller wrote. */
export const hopSchema = z.discriminatedUnion('kind', [
  /** A request at the gateway, or one that an ingress asked about. */
  z.strictObject({
    kind: z.literal('gateway'),
    ...hop,
    ...answered,
    ingress: word.optional(),
    /** The resolvers that found a tenant by the address, and which. */
    resolvedBy: z.array(word).max(3).optional(),
    addressed: word.optional(),
    /** The issuer whose token was verified. */
    issuer: z.string().max(512).optional(),
    /** The routed part of the path, as the configuration has it. */
    route: word.optional(),
    service: word.optional(),
    deployment: word.optional(),
    /** Which of the tenant's limits refused it, and how much that is. */
    limit: z.strictObject({ by: z.enum(['rate', 'concurrency']), max: number, own: z.boolean() }).optional(),
  }),
  /** A request that a deployment answered. `route` is its pattern. */
  z.strictObject({
    kind: z.literal('service'),
    ...hop,
    ...served,
    ...answered,
    route: z.string().max(512),
    /** The workload that called. */
    caller: word.optional(),
    /** The event, where it is a delivery. */
    event: event.optional(),
  }),
  /** An event that a deployment wrote into its outbox; whether the transaction committed is not known here. */
  z.strictObject({ kind: z.literal('emitted'), ...hop, ...served, event }),
  /** An event that the relay stored on the bus. */
  z.strictObject({ kind: z.literal('stored'), ...hop, event }),
  /** One attempt to deliver an event. */
  z.strictObject({
    kind: z.literal('delivered'),
    ...hop,
    service: word,
    deployment: word.optional(),
    event,
    /** `done`, `retry`, `parked`, `dead` or `quarantined`. */
    outcome: word,
    attempt: z.int(),
  }),
])

/** One of them. */
export type Hop = z.output<typeof hopSchema>

/** One that ends now: when it began follows from how long it took. */
export type EndingHop = Hop extends infer One ? (One extends Hop ? Omit<One, 'atMs'> : never) : never

/** What a process knows of the requests that it was asked for. */
export interface HopAnswer {
  readonly hops: readonly Hop[]
  /** When the oldest began that it has of any request; null for none. */
  readonly oldestAtMs: number | null
}
