/** What resolvers look at of a request. None of it is signed. */
export interface ResolvableRequest {
  /** The authority that the caller asked for, as it was sent. */
  readonly host: string
  /** Path and query, as they were sent. */
  readonly target: string
  /** Each value of a header, by its name in lower case. */
  readonly header: (name: string) => readonly string[]
  /** The address of the connection that it came by; never one that a header tells of. */
  readonly peerAddress: string
}

/** What a resolver found. */
export interface Resolution {
  /** A tenant's id by its form; whether there is such a tenant is not known here. */
  readonly tenant: string
  /** What is left of the target, where naming the tenant took a part of it. */
  readonly target?: string
}

/**
 * Finds which tenant a request’s address is of, or `undefined` when it is nobody’s. Throws `REQUEST_AMBIGUOUS` (400) where it
 * could be read in two ways.
 */
export type Resolver = (request: ResolvableRequest) => Resolution | undefined
