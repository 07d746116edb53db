import { isTenantryError, requireTenantId } from '@tenantry/context'
import {
  type DirectoryDeployment,
  type DirectoryTenant,
  type Placement,
  placementOfTier,
  type TenantryConfig,
} from '@tenantry/routing'
import type { AdoptedDatabases } from '../adoption/adopted-databases.ts'
import { requireConnections } from '../databases/connection-budget.ts'
import type { Provisioner } from '../databases/provisioner.ts'
import type { Deployer } from '../deployments/deployer.ts'
import {
  allTopologies,
  databasesOf,
  newSiloName,
  poolDatabase,
  poolTopology,
  siloTopology,
  type Topology,
} from '../deployments/topology.ts'
import { Turns } from '../scheduling/turns.ts'
import type { Catalog, CatalogTenant, LimitChanges } from './catalog.ts'
import type { DirectoryPublisher } from './directory-publisher.ts'
import { settleTenants } from './settle-tenants.ts'

// No tenant's id: those have no spaces.
const admission = 'admission of tenants'

/** What the lifecycle works with. */
export interface LifecycleParts {
  readonly config: TenantryConfig
  readonly catalog: Catalog
  readonly provisioner: Provisioner
  readonly publisher: DirectoryPublisher
  readonly deployer: Deployer
  readonly adopted: AdoptedDatabases
  /** Where the application plane's databases are. */
  readonly server: { readonly host: string; readonly port: number }
}

/**
 * A tenant's life: onboarded, suspended, activated. Each step is written to the catalog before it is acted on, so
 * that a control plane that was killed drives it on when it starts again.
 */
export class Lifecycle {
  readonly #parts: LifecycleParts
  /** One change of a tenant after the other, so that the catalog and the databases never end up of two minds. */
  readonly #turns = new Turns()

  constructor(parts: LifecycleParts) {
    this.#parts = parts
  }

  /**
   * Takes the configuration for the tenants that there are: services that are new to one are placed as its tier says. To be called before
   * anything is published. Rejects, and changes nothing, with `PLACEMENT_CHANGE` or `TIER_IN_USE` (409) when tenants would have to move, and
   * with `CONNECTIONS_EXHAUSTED` (409) when the server has too few connections for all of them.
   */
  async settle(): Promise<void> {
    const { config, catalog } = this.#parts
    const tenants = await catalog.list()
    const settled = settleTenants(config, tenants)
    await this.#requireConnections(settled)
    await catalog.place(settled.filter((tenant, index) => tenant !== tenants[index]))
  }

  /** Publishes everything that the catalog and the deployer know, in one snapshot. */
  async publish(): Promise<void> {
    const { catalog, deployer, publisher } = this.#parts
    const [tenants, running] = await Promise.all([catalog.list(), deployer.running()])
    const addresses = new Map(running.deployments.map(({ id, address }) => [id, address]))
    const topologies = allTopologies(this.#parts.config, tenants, this.#parts.server)
    const deployments = [...topologies.flatMap((one) => one.deployments), ...this.#parts.adopted.deployments]
    publisher.publish({
      type: 'snapshot',
      tenants: tenants.map(directoryTenant),
      workloads: running.workloads,
      databases: topologies.map(({ database }) => database),
      deployments: deployments.map((deployment) => withAddress(deployment, addresses.get(deployment.id))),
    })
  }

  /**
   * Brings up the pool and every tenant's silo as the catalog says, and finishes what a crash left half done: an
   * onboarding, a suspension, an activation. To be called before anyone may change a tenant. A silo that does not come
   * up, or a database that a service brought along, is told of and holds up no other. Rejects when another process that is needed is away (503).
   */
  async resume(onTrouble: (what: string, error: unknown) => void): Promise<void> {
    const { config, server, catalog, provisioner } = this.#parts
    const tenants = await catalog.list()
    await this.#bringUp(poolTopology(config, server))
    const suspended = tenants.filter(isSuspended).map(({ id }) => id)
    await provisioner.setRevoked(suspended, poolDatabase)
    const names = [...tenants.map(({ id }) => id), 'the adopted databases']
    const outcomes = await Promise.allSettled([
      ...tenants.map((tenant) => this.#resumeTenant(tenant)),
      this.#resumeAdopted(suspended),
    ])
    outcomes.forEach((outcome, index) => {
      if (outcome.status === 'fulfilled') return
      if (isTenantryError(outcome.reason) && outcome.reason.status === 503) throw outcome.reason
      onTrouble(names[index] ?? '', outcome.reason)
    })
  }

  /**
   * Onboards a tenant into the running system and returns it active: its row, and for a silo its database and
   * deployments. Can be repeated after a failure. Throws `TENANT_ID_INVALID`, `TIER_UNKNOWN` (400),
   * `TENANT_EXISTS` or `CONNECTIONS_EXHAUSTED` (409).
   */
  async onboard(id: string, tier: string): Promise<CatalogTenant> {
    requireTenantId(id)
    const placement = placementOfTier(this.#parts.config, tier)
    return this.#turns.take(id, async () => {
      const tenant = await this.#turns.take(admission, () => this.#admit(id, tier, placement))
      return this.#finishOnboarding(tenant)
    })
  }

  /** Refuses the tenant everywhere, leases already out included. Throws `TENANT_NOT_FOUND`, `TENANT_STATUS`. */
  async suspend(id: string): Promise<CatalogTenant> {
    return this.#turns.take(requireTenantId(id), async () => {
      const tenant = await this.#parts.catalog.setStatus(id, 'active', 'suspended')
      // INVARIANT: stop means stop. No new token from here on; the databases refuse the leases that are out.
      this.#tell(tenant)
      await this.#parts.provisioner.revoke(id, await this.#databasesOf(tenant))
      return tenant
    })
  }

  /** Serves a suspended tenant again. Throws `TENANT_NOT_FOUND`, `TENANT_STATUS`. */
  async activate(id: string): Promise<CatalogTenant> {
    return this.#turns.take(requireTenantId(id), async () => {
      const tenant = await this.#parts.catalog.setStatus(id, 'suspended', 'active')
      await this.#parts.provisioner.restore(id, await this.#databasesOf(tenant))
      this.#tell(tenant)
      return tenant
    })
  }

  /** Changes what holds for this tenant in place of its tier's limits, everywhere within 5 s. Throws `TENANT_NOT_FOUND`. */
  async limit(id: string, changes: LimitChanges): Promise<CatalogTenant> {
    return this.#turns.take(requireTenantId(id), async () => {
      const tenant = await this.#parts.catalog.setLimits(id, changes)
      this.#tell(tenant)
      return tenant
    })
  }

  async #requireConnections(tenants: readonly DirectoryTenant[]): Promise<void> {
    const { config, provisioner, server } = this.#parts
    requireConnections(config, allTopologies(config, tenants, server), await provisioner.readConnectionsMax())
  }

  /** Writes a tenant down, one after the other, so that no two take the last connections. */
  async #admit(id: string, tier: string, placement: Placement): Promise<CatalogTenant> {
    const silo = newSiloName(placement)
    const tenants = await this.#parts.catalog.list()
    const known = tenants.some((tenant) => tenant.id === id)
    if (!known)
      await this.#requireConnections([...tenants, { id, tier, status: 'onboarding', placement, silo }])
    return this.#parts.catalog.begin({ id, tier, placement, silo })
  }

  async #resumeTenant(tenant: CatalogTenant): Promise<void> {
    const { config, provisioner, server } = this.#parts
    if (tenant.status === 'onboarding') {
      await this.#finishOnboarding(tenant)
      return
    }
    const silo = siloTopology(config, tenant, server)
    if (!silo) return
    await this.#bringUp(silo)
    await provisioner.setRevoked(isSuspended(tenant) ? [tenant.id] : [], silo.database.id)
  }

  /** Keys and suspensions first: a deployment that comes up finds them. Those that are not adopted yet run as they are. */
  async #resumeAdopted(suspended: readonly string[]): Promise<void> {
    const { adopted, provisioner } = this.#parts
    for (const database of await adopted.names()) {
      await provisioner.installKeys(database)
      await provisioner.setRevoked(suspended, database)
    }
    await this.#deploy(adopted.deployments)
  }

  async #databasesOf(tenant: CatalogTenant): Promise<string[]> {
    return [...databasesOf(tenant), ...(await this.#parts.adopted.names())]
  }

  async #finishOnboarding(tenant: CatalogTenant): Promise<CatalogTenant> {
    const topology = siloTopology(this.#parts.config, tenant, this.#parts.server)
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
    const { provisioner, publisher } = this.#parts
    await provisioner.provision(topology)
    publisher.publish({ type: 'database', database: topology.database })
    await this.#deploy(topology.deployments)
  }

  async #deploy(deployments: readonly DirectoryDeployment[]): Promise<void> {
    const { publisher, deployer } = this.#parts
    await Promise.all(
      deployments.map(async (deployment) => {
        const { workload, address } = await deployer.deploy(deployment)
        publisher.publish({ type: 'workload', workload })
        publisher.publish({ type: 'deployment', deployment: withAddress(deployment, address) })
      }),
    )
  }

  #tell(tenant: CatalogTenant): void {
    this.#parts.publisher.publish({ type: 'tenant', tenant: directoryTenant(tenant) })
  }
}

function isSuspended({ status }: DirectoryTenant): boolean {
  return status === 'suspended'
}

function directoryTenant({ id, tier, status, placement, silo, limits }: CatalogTenant): DirectoryTenant {
  return { id, tier, status, placement, silo, ...(limits && { limits }) }
}

function withAddress(
  deployment: DirectoryDeployment,
  address: string | null | undefined,
): DirectoryDeployment {
  return { ...deployment, addresses: address ? [address] : [] }
}
