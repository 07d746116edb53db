/** The tenant that work is for. Read from a verified token, never from a caller's word. */
export interface Tenant {
  readonly id: string
  readonly tier: string
}

/** The person who asked, as the identity provider named them; absent from work that an event or the service itself began. */
export interface User {
  readonly id: string
  readonly role: string | undefined
}

/** The event that began the work, when it was not a request. `digest` is what the token vouches for. */
export interface EventOrigin {
  readonly id: string
  readonly type: string
  readonly digest: string
}

/** Who a stretch of work is for: tenant, tier and user, verified, with the token that proves it. */
export interface TenantContext {
  readonly tenant: Tenant
  readonly user: User | undefined
  readonly event: EventOrigin | undefined
  /** The transaction (`txn`), the same on every hop: the id of the request or event delivery that began it. */
  readonly requestId: string
  /** What the token is for (`scope`): a request, an event’s delivery, or work of the service’s own. */
  readonly scope: string
  /** The workload that asked for the token (`req_wl`); more of them, with commas between, when it was replaced. */
  readonly workload: string
  /**
   * The transaction token, forwarded unmodified to our own services and to no one else. Work that goes on gets another before
   * it ends, so read it from the scope each time.
   */
  readonly token: string
  /** When the token ends, in milliseconds since 1970. */
  readonly expiresAtMs: number
}
