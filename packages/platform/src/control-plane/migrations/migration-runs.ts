import { TenantryError } from '@tenantry/context'
import { type ExistingRows, locateExistingRows } from '../databases/existing-rows.ts'
import { hasFailed, type PlacementMigrations } from '../databases/placement-migrations.ts'
import type { Provisioner } from '../databases/provisioner.ts'
import type { Topology } from '../deployments/topology.ts'
import { inParallel } from '../scheduling/in-parallel.ts'

/** How a run goes over the placements. */
export interface MigrationOptions {
  /** How many placements are migrated at once, 1 to 8; 4. */
  readonly parallel?: number | undefined
  /** Which placement goes first and alone: a tenant's silo, or `pool`. The newest silo unless it is given. */
  readonly first?: string | undefined
  /** Whose the rows are that tables had before Tenantry: a tenant by service, `*` for the others. */
  readonly existingRowsOf?: ExistingRows | undefined
}

/** What a run comes to. */
export interface MigrationOutcome {
  readonly placements: readonly PlacementMigrations[]
  readonly failed: boolean
}

const parallelDefault = 4

/**
 * Brings every placement's database up to date with every service's migrations. What was applied is recorded in each
 * database, in the transaction that applied it: a run that was cut off, or killed, is gone on with by the next one.
 */
export class MigrationRuns {
  readonly #provisioner: Pick<Provisioner, 'provision' | 'readMigrationStatus'>
  readonly #placements: () => Promise<readonly Topology[]>
  readonly #requireTenant: (id: string) => Promise<unknown>
  #running = false

  /**
   * `placements` gives the databases of the catalog as they are now, those of least risk first; `requireTenant` rejects
   * with `TENANT_NOT_FOUND` for a tenant that is not in it.
   */
  constructor(parts: {
    provisioner: Pick<Provisioner, 'provision' | 'readMigrationStatus'>
    placements: () => Promise<readonly Topology[]>
    requireTenant: (id: string) => Promise<unknown>
  }) {
    this.#provisioner = parts.provisioner
    this.#placements = parts.placements
    this.#requireTenant = parts.requireTenant
  }

  /** How the migrations stand; changes nothing. */
  async status(): Promise<PlacementMigrations[]> {
    return this.#read(await this.#placements())
  }

  /**
   * Migrates the first placement alone, then the others, and tells of each when it is over. A failure stops the run: what
   * was begun is finished, nothing new is. Rejects, before anything is changed, with `MIGRATION_RUNNING` (409), for a
   * first placement that there is not with `MIGRATION_FIRST`, and for existing rows of nobody that is known with
   * `TENANT_ID_INVALID`, `MIGRATION_SERVICE` (400) or `TENANT_NOT_FOUND` (404).
   */
  async run(
    { parallel = parallelDefault, first, existingRowsOf = {} }: MigrationOptions,
    tell: (placement: PlacementMigrations) => void,
  ): Promise<MigrationOutcome> {
    if (this.#running) throw isRunning()
    this.#running = true
    try {
      const placements = orderPlacements(await this.#placements(), first)
      const tenantOfRows = locateExistingRows(existingRowsOf, placements)
      for (const tenant of Object.values(existingRowsOf)) await this.#requireTenant(tenant)
      const migrate = async (topology: Topology) => {
        const rows = { existingRowsOf: (service: string) => tenantOfRows(topology, service) }
        const outcome = await this.#provisioner.provision(topology, rows).then(
          () => undefined,
          (error: unknown) => ({ error }),
        )
        tell(await this.#provisioner.readMigrationStatus(topology))
        if (outcome) throw outcome.error
      }
      const failed = await inParallel(placements.slice(0, 1), 1, migrate)
        .then(() => inParallel(placements.slice(1), parallel, migrate))
        .then(
          () => false,
          () => true,
        )
      const status = await this.#read(placements)
      return { placements: status, failed: failed || status.some(hasFailed) }
    } finally {
      this.#running = false
    }
  }

  #read(placements: readonly Topology[]): Promise<PlacementMigrations[]> {
    return inParallel(placements, parallelDefault, (topology) =>
      this.#provisioner.readMigrationStatus(topology),
    )
  }
}

function orderPlacements(placements: readonly Topology[], first: string | undefined): readonly Topology[] {
  if (first === undefined) return placements
  const name = first === 'pool' ? null : first
  const chosen = placements.find(({ tenant }) => tenant === name)
  if (chosen) return [chosen, ...placements.filter((other) => other !== chosen)]
  throw new TenantryError('MIGRATION_FIRST', `tenant \`${first}\` has no database of its own`, {
    status: 400,
    help: 'name a tenant with a silo, as `tenantry tenant list` shows them, or `pool`',
  })
}

function isRunning(): TenantryError {
  return new TenantryError('MIGRATION_RUNNING', 'migrations run at this moment', {
    status: 409,
    help: 'wait for them; `tenantry migrate --status` shows how far they are',
  })
}
