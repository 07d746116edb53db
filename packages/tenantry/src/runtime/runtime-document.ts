import type { WorkloadIdentity } from '@tenantry/context'
import type { MetersOptions } from '@tenantry/metrics'
import type { HopLogBounds } from '@tenantry/routing'

/** What a deployment is started with, on an inherited descriptor: who it is, where it finds the platform, its database. */
export interface RuntimeDocument extends WorkloadIdentity {
  readonly trustDomain: string
  readonly tokenServiceSocket: string
  readonly directorySocket: string
  readonly operatorSocket: string
  readonly service: string
  readonly deployment: string
  /** The one tenant of a silo; null in the pool. */
  readonly tenant: string | null
  readonly database: DatabaseAddress | null
  /** The services that this one may call. */
  readonly calls: readonly string[]
  /** All services' names: what is one of ours and may not be called is an error, not a foreign host. */
  readonly services: readonly string[]
  readonly subscribes: readonly string[]
  /** What jobs are signed with, for a service that was granted `work`: the same after a restart. 32 bytes in base64url. */
  readonly jobKey?: string | undefined
  /** True where callers come without a gateway: their access tokens are exchanged here. */
  readonly acceptsAccessTokens?: boolean
  /** True for a line of standard output for each answered request. */
  readonly accessLog?: boolean
  /** How much of its requests it keeps for operators to ask for; nothing without this. */
  readonly hops?: HopLogBounds | undefined
  /** How many tenants have time series of their own, and where metrics are sent. */
  readonly metrics?: Pick<MetersOptions, 'tenantSeries' | 'otlp'>
  /** The paths that are answered without a token, and outside every scope. */
  readonly open?: readonly string[]
  /** What each tier's tenants weigh beside others of the pool; 1 for a tier that is not named. */
  readonly weights?: Readonly<Record<string, number>>
}

/** The role that a deployment reads every tenant's rows as. */
export interface CentralCredentials {
  readonly user: string
  readonly password: string
  /** How many connections a pool may hold at once. */
  readonly connections: number
}

/** How the deployment's role reaches its database. */
export interface DatabaseAddress {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  /** How many connections a pool may hold at once; 5. PostgreSQL lets the role have few more, in all its pools. */
  readonly connections?: number
  /** The role of central work, for a service that was granted `central`. */
  readonly central?: CentralCredentials | undefined
  /** True when host and port are a transaction pooler's; its databases are installed for one. */
  readonly pooler?: boolean
  /** True for a database that the service had already: what is not enforced there yet is told, and not refused. */
  readonly adopted?: boolean
  /** How it was named, which may say more than the parts above, such as of TLS. */
  readonly url?: string
}
