import { requireTenantId } from '@tenantry/context'
import {
  type DirectoryDeployment,
  type DirectoryTenant,
  placementOfTier,
  type TenantryConfig,
} from '@tenantry/routing'
import type { Catalog, CatalogTenant } from './catalog.ts'
import type { Deployer } from './deployer.ts'
import type { DirectoryPublisher } from './directory-publisher.ts'
import type { Provisioner } from './provisioner.ts'
import {
  newSiloName,
  poolDatabase,
  poolTopology,
  siloDatabase,
  siloTopology,
  type Topology,
} from './topology.ts'

/** What the lifecycle works with. */
export interface LifecycleParts {
  readonly config: TenantryConfig
  readonly catalog: Catalog
  readonly provisioner: Provisioner
  readonly publisher: DirectoryPublisher
  readonly deployer: Deployer
  /** Where the application plane's databases are. */
  readonly server: { readonly host: string; readonly port: number }
}

/**
 * A tenant's life: onboarded, suspended, activated. Each step is written to the catalog before it is acted on, so
 * that a control plane that was killed drives it on when it starts again.
 */
export class Lifecycle {
  readonly #parts: LifecycleParts
  readonly #onboarding = new Map<string, Promise<CatalogTenant>>()

  constructor(parts: LifecycleParts) {
    this.#parts = parts
  }

  /** Publishes everything that the catalog and the deployer know, in one snapshot. */
  async publish(): Promise<void> {
    const { catalog, deployer, publisher } = this.#parts
    const [tenants, running] = await Promise.all([catalog.list(), deployer.running()])
    const addresses = new Map(running.deployments.map(({ id, address }) => [id, address]))
    const topologies = this.#topologies(tenants)
    publisher.publish({
      type: 'snapshot',
      tenants: tenants.map(directoryTenant),
      workloads: running.workloads,
      databases: topologies.map(({ database }) => database),
      deployments: topologies.flatMap(({ deployments }) =>
        deployments.map((deployment) => withAddress(deployment, addresses.get(deployment.id))),
      ),
    })
  }

  /** Brings up the pool and every tenant's silo as the catalog says, and finishes what a crash left half done. */
  async resume(): Promise<void> {
    const tenants = await this.#parts.catalog.list()
    await Promise.all(this.#topologies(tenants).map((topology) => this.#bringUp(topology)))
    for (const tenant of tenants) {
      if (tenant.status === 'onboarding') await this.onboard(tenant.id, tenant.tier)
      if (tenant.status === 'suspended') await this.#parts.provisioner.revoke(tenant.id, databasesOf(tenant))
    }
  }

  /**
   * Onboards a tenant into the running system and returns it active: its row, and for a silo its database and
   * deployments. Can be repeated after a failure. Throws `TENANT_ID_INVALID`, `TIER_UNKNOWN` (400) or
   * `TENANT_EXISTS` (409).
   */
  async onboard(id: string, tier: string): Promise<CatalogTenant> {
    requireTenantId(id)
    const placement = placementOfTier(this.#parts.config, tier)
    const tenant = await this.#parts.catalog.begin({ id, tier, placement, silo: newSiloName(placement) })
    let onboarding = this.#onboarding.get(id)
    if (!onboarding) {
      onboarding = this.#finishOnboarding(tenant).finally(() => this.#onboarding.delete(id))
      this.#onboarding.set(id, onboarding)
    }
    return onboarding
  }

  /** Refuses the tenant everywhere, leases already out included. Throws `TENANT_NOT_FOUND`, `TENANT_STATUS`. */
  async suspend(id: string): Promise<CatalogTenant> {
    const tenant = await this.#parts.catalog.setStatus(requireTenantId(id), 'active', 'suspended')
    // INVARIANT: stop means stop. No new token from here on; the databases refuse the leases that are out.
    this.#tell(tenant)
    await this.#parts.provisioner.revoke(id, databasesOf(tenant))
    return tenant
  }

  /** Serves a suspended tenant again. Throws `TENANT_NOT_FOUND`, `TENANT_STATUS`. */
  async activate(id: string): Promise<CatalogTenant> {
    const tenant = await this.#parts.catalog.setStatus(requireTenantId(id), 'suspended', 'active')
    await this.#parts.provisioner.restore(id, databasesOf(tenant))
    this.#tell(tenant)
    return tenant
  }

  async #finishOnboarding(tenant: CatalogTenant): Promise<CatalogTenant> {
    const topology = siloTopology(tenant, this.#parts.server)
    if (topology) {
      for (const deployment of topology.deployments)
        this.#parts.publisher.publish({ type: 'deployment', deployment })
      await this.#bringUp(topology)
    }
    const active = await this.#parts.catalog.setStatus(tenant.id, 'onboarding', 'active')
    this.#tell(active)
    return active
  }

  async #bringUp(topology: Topology): Promise<void> {
    const { provisioner, publisher, deployer } = this.#parts
    await provisioner.provision(topology)
    publisher.publish({ type: 'database', database: topology.database })
    await Promise.all(
      topology.deployments.map(async (deployment) => {
        const { workload, address } = await deployer.deploy(deployment)
        publisher.publish({ type: 'workload', workload })
        publisher.publish({ type: 'deployment', deployment: withAddress(deployment, address) })
      }),
    )
  }

  #topologies(tenants: readonly DirectoryTenant[]): Topology[] {
    const { config, server } = this.#parts
    const silos = tenants.map((tenant) => siloTopology(tenant, server)).filter((silo) => silo !== undefined)
    return [poolTopology(config, server), ...silos]
  }

  #tell(tenant: CatalogTenant): void {
    this.#parts.publisher.publish({ type: 'tenant', tenant: directoryTenant(tenant) })
  }
}

/** Every database that may hold rows of the tenant. */
function databasesOf(tenant: DirectoryTenant): string[] {
  const silo = siloDatabase(tenant)
  return silo ? [poolDatabase, silo] : [poolDatabase]
}

function directoryTenant({ id, tier, status, placement, silo }: CatalogTenant): DirectoryTenant {
  return { id, tier, status, placement, silo }
}

function withAddress(
  deployment: DirectoryDeployment,
  address: string | null | undefined,
): DirectoryDeployment {
  return { ...deployment, addresses: address ? [address] : [] }
}
