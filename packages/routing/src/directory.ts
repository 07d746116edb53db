import type { PublicJwk } from '@tenantry/context'
import type { ApiKey } from './api-key.ts'
import type { LimitOverrides } from './limits/limit-overrides.ts'
import type { Placement } from './placement.ts'

/** `onboarding` is not yet served; `suspended` is refused everywhere; `active` is served. */
export type TenantStatus = 'onboarding' | 'active' | 'suspended'

/** A tenant as the catalog knows it. */
export interface DirectoryTenant {
  readonly id: string
  readonly tier: string
  readonly status: TenantStatus
  readonly placement: Placement
  /** The name of the tenant's silo, which tells nothing of the tenant; null when all is pooled. */
  readonly silo: string | null
  /** What an operator set for it in place of its tier's limits; absent or null for nothing. */
  readonly limits?: LimitOverrides | null
}

/** One running copy-set of a service: `pool`, or one tenant's silo. */
export interface DirectoryDeployment {
  /** `order.pool` or `order.3f9c2a71`. */
  readonly id: string
  readonly service: string
  /** The one tenant of a silo; null for the pool. */
  readonly tenant: string | null
  /** The id of its database. */
  readonly database: string
  /** Its database role. */
  readonly role: string
  /** Origins such as `http://127.0.0.1:41234`; empty while no copy runs. */
  readonly addresses: readonly string[]
}

/** A process that may ask for tokens, and what it proves itself with, which is one of two and never the other. */
export type DirectoryWorkload = {
  /** A deployment's id, or the kind itself for the platform's own processes. */
  readonly id: string
  readonly kind: 'service' | 'gateway' | 'relay' | 'control-plane' | 'token-service' | 'identity-provider'
} & (
  | {
      /** The key that it signs assertions with. */
      readonly jwk: PublicJwk
      readonly serviceAccount?: undefined
    }
  | {
      /** The `sub` of its service-account tokens, `system:serviceaccount:<namespace>:<id>`. */
      readonly serviceAccount: string
      readonly jwk?: undefined
    }
)

/** A database of the application plane. */
export interface DirectoryDatabase {
  /** The database's name, `tenantry_pool` or `tenantry_3f9c2a71`. */
  readonly id: string
  readonly host: string
  readonly port: number
  /** The services whose schemas it holds; each schema is named after its service. */
  readonly services: readonly string[]
}

/** What changes of the directory are told as. A snapshot replaces all that was known. */
export type DirectoryMessage =
  | {
      readonly type: 'snapshot'
      readonly tenants: readonly DirectoryTenant[]
      readonly deployments: readonly DirectoryDeployment[]
      readonly workloads: readonly DirectoryWorkload[]
      readonly databases: readonly DirectoryDatabase[]
      readonly apiKeys?: readonly ApiKey[]
    }
  | { readonly type: 'api-key'; readonly apiKey: ApiKey }
  | { readonly type: 'api-key-revoked'; readonly id: string }
  | { readonly type: 'tenant'; readonly tenant: DirectoryTenant }
  | { readonly type: 'deployment'; readonly deployment: DirectoryDeployment }
  | { readonly type: 'workload'; readonly workload: DirectoryWorkload }
  | { readonly type: 'database'; readonly database: DirectoryDatabase }
  | { readonly type: 'heartbeat' }

/** The id of the deployment that serves `tenant` for `service`. */
export function deploymentIdFor(tenant: DirectoryTenant, service: string): string {
  return `${service}.${tenant.placement[service] === 'silo' ? tenant.silo : 'pool'}`
}

/**
 * Who the tenants are, where they run and which workloads exist, kept current from the control plane's feed.
 * Look-ups are synchronous and take constant time, however many tenants there are.
 */
export class Directory {
  /** By tenant id, whatever their status. */
  readonly tenants = new Map<string, DirectoryTenant>()
  /** By deployment id, also those of which no copy runs. */
  readonly deployments = new Map<string, DirectoryDeployment>()
  /** By workload id; empty where this process may not know them. */
  readonly workloads = new Map<string, DirectoryWorkload>()
  /** By database name; empty where this process may not know them. */
  readonly databases = new Map<string, DirectoryDatabase>()
  /** By hash; empty where this process may not know them. One that expired may be there still. */
  readonly apiKeys = new Map<string, ApiKey>()
  /** False until the first snapshot arrived: until then nothing can be said of any tenant. */
  ready = false

  readonly #apiKeyHashes = new Map<string, string>()
  #placements = new Map<string, Placement>()

  /** Takes one message of the feed in. A snapshot replaces everything; any other adds to it or changes it. */
  apply(message: DirectoryMessage): void {
    switch (message.type) {
      case 'snapshot':
        this.#replace(message)
        break
      case 'tenant':
        this.#putTenant(message.tenant)
        break
      case 'deployment':
        this.deployments.set(message.deployment.id, message.deployment)
        break
      case 'workload':
        this.workloads.set(message.workload.id, message.workload)
        break
      case 'database':
        this.databases.set(message.database.id, message.database)
        break
      case 'api-key':
        this.apiKeys.set(message.apiKey.hash, message.apiKey)
        this.#apiKeyHashes.set(message.apiKey.id, message.apiKey.hash)
        break
      case 'api-key-revoked':
        this.apiKeys.delete(this.#apiKeyHashes.get(message.id) ?? '')
        this.#apiKeyHashes.delete(message.id)
        break
    }
  }

  /** The deployment that serves this tenant for this service, or `undefined` when either is unknown. */
  deploymentFor(tenantId: string, service: string): DirectoryDeployment | undefined {
    const tenant = this.tenants.get(tenantId)
    return tenant && this.deployments.get(deploymentIdFor(tenant, service))
  }

  /** The key with this id while it is good; `undefined` for one that is not, or is unknown. */
  liveApiKey(id: string): ApiKey | undefined {
    return this.liveApiKeyOf(this.#apiKeyHashes.get(id) ?? '')
  }

  /** The same, by its hash. */
  liveApiKeyOf(hash: string): ApiKey | undefined {
    const key = this.apiKeys.get(hash)
    return key && (key.expiresAtMs === null || key.expiresAtMs > Date.now()) ? key : undefined
  }

  #replace(snapshot: Extract<DirectoryMessage, { type: 'snapshot' }>): void {
    for (const map of [this.tenants, this.deployments, this.workloads, this.databases, this.apiKeys])
      map.clear()
    this.#apiKeyHashes.clear()
    for (const tenant of snapshot.tenants) this.#putTenant(tenant)
    for (const deployment of snapshot.deployments) this.deployments.set(deployment.id, deployment)
    for (const workload of snapshot.workloads) this.workloads.set(workload.id, workload)
    for (const database of snapshot.databases) this.databases.set(database.id, database)
    for (const apiKey of snapshot.apiKeys ?? []) this.apply({ type: 'api-key', apiKey })
    this.ready = true
  }

  // A hundred thousand tenants share a handful of placements: keep one object of each.
  #putTenant(tenant: DirectoryTenant): void {
    const key = JSON.stringify(tenant.placement)
    const placement = this.#placements.get(key) ?? tenant.placement
    this.#placements.set(key, placement)
    this.tenants.set(tenant.id, { ...tenant, placement })
  }
}
