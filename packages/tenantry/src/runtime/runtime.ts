import type { CallerVerifier, ScopeKeeper, Tenant, TenantContext, TokenVerifier } from '@tenantry/context'
import type { TenantKeySource } from '@tenantry/isolation'
import type { Meters } from '@tenantry/metrics'
import type { HopLog } from '@tenantry/routing'
import type { AccessLog } from './access-log.ts'
import type { AccessTokenDoor } from './access-token-door.ts'
import type { AdoptionDoor } from './adoption-door.ts'
import type { AdoptionLog } from './adoption-log.ts'
import type { CentralDoor } from './central-door.ts'
import type { RuntimeDocument } from './runtime-document.ts'
import type { ServiceUsage } from './service-usage.ts'

/** What a deployment's adapters share: one of each, in one process. */
export interface Runtime {
  readonly document: RuntimeDocument
  /** What a tenant weighs now beside others of the pool, by an operator's word or its tier's. */
  readonly weightOf: (tenant: Tenant) => number
  readonly verifier: TokenVerifier
  /** Who may call this service. */
  readonly callers: CallerVerifier
  /** There where the service accepts access tokens. */
  readonly accessTokens: AccessTokenDoor | undefined
  readonly tenantKeys: TenantKeySource
  /** Gives scopes that stay open another token in time. */
  readonly keeper: ScopeKeeper | undefined
  readonly work: WorkDoor
  readonly central: CentralDoor
  /** There while the service's database is adopted: who decides of requests for no tenant, and who is told. */
  readonly adoption: { readonly door: AdoptionDoor; readonly log: AdoptionLog } | undefined
  readonly meters: Meters
  /** There where the document asks for one. */
  readonly accessLog: AccessLog | undefined
  /** What is kept of answered requests; there where the document asks for it. */
  readonly hops: HopLog | undefined
  /** What is added up for tenants, and reported; in a service's own tests nothing is. */
  readonly usage: ServiceUsage | undefined
}

/** The way in for work that no request began. */
export interface WorkDoor {
  begin(tenant: string, reason: string): Promise<TenantContext>
  /** The active tenants that this deployment serves. */
  tenants(): Promise<string[]>
}
