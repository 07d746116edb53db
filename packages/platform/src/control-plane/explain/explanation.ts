import type { Hop } from '@tenantry/routing'

/** A hop, by whom it was kept. */
export type ExplainedHop = Hop & {
  /** The workload that told of it: `gateway`, `relay`, or a deployment. */
  readonly process: string
  /** How long after the request began it did, in milliseconds; clocks of several machines may differ. */
  readonly offsetMs: number
}

/** What refused a request. */
export interface Refusal {
  /** The workload that did. */
  readonly by: string
  readonly status: number
  /** Null for an answer of the service's own. */
  readonly code: string | null
  /** The tenant's limit that it was over. */
  readonly limit: { readonly by: 'rate' | 'concurrency'; readonly max: number } | null
  /** What says so: a path in `tenantry.config.ts`, or `tenantry limit` for what an operator set; null where nothing there does. */
  readonly setting: string | null
}

/** Why a request, or an event's handling, went as it did. It holds names and times alone: no header, body, query or token. */
export interface Explanation {
  readonly request: string
  /** The W3C trace, which the client may have chosen; null for a request that no trace was read from. */
  readonly trace: string | null
  /** RFC 3339. */
  readonly at: string
  /** How long the answer took, in milliseconds; what events brought about goes on after it. */
  readonly ms: number
  /** What was asked of the gateway; null for work that did not come by it. The path is told as far as it is a route. */
  readonly asked: {
    readonly method: string
    readonly route: string | null
    /** The kind of ingress that asked about it; null where it came to the gateway itself. */
    readonly ingress: string | null
  } | null
  readonly status: number | null
  /** What told whose request it is. */
  readonly identity: {
    /** The resolvers that found a tenant by the address. */
    readonly resolvedBy: readonly string[]
    /** Whose address it is; what the token was held against. */
    readonly addressed: string | null
    /** Whose token it was; null where none was verified. */
    readonly issuer: string | null
    /** The names of the claims that were read, by what they were read as; never their values. */
    readonly claims: Readonly<Record<string, string | readonly string[]>> | null
  } | null
  /** As verified; null where it was refused before. */
  readonly tenant: { readonly id: string; readonly tier: string | null } | null
  readonly placement: {
    readonly service: string
    readonly deployment: string
    readonly kind: 'pool' | 'silo'
    /** The rule of `tenantry.config.ts` that sent the path to the service, `services.order.routes`. */
    readonly routedBy: string
    /** The rule that placed the tenant, `tiers.advanced.placement.*`; `catalog` where a tenant stays where it was written down. */
    readonly placedBy: string
  } | null
  readonly refusal: Refusal | null
  /** All that is known of, in the order in which it began. */
  readonly hops: readonly ExplainedHop[]
  /** False where there was more than is shown. */
  readonly complete: boolean
  /** The processes that did not answer: what they did is missing. */
  readonly unread: readonly string[]
}
