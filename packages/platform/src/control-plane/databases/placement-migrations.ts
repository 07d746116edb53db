import { isTenantryError } from '@tenantry/context'

/** Why something of a placement failed, for operators. */
export interface MigrationFailure {
  readonly code: string
  readonly message: string
  readonly help: string
}

/** How one service's migrations stand in one database. */
export interface ServiceMigrationStatus {
  readonly service: string
  /** How many of its migrations were applied. */
  readonly applied: number
  /** The names of those that were not, in their order. */
  readonly pending: readonly string[]
  /** What the last try ended with; null when it succeeded, or there was none since the control plane started. */
  readonly failure: MigrationFailure | null
}

/** How the migrations of one placement's services stand in its database. */
export interface PlacementMigrations {
  readonly database: string
  /** The tenant whose silo it is; null for the pool. */
  readonly tenant: string | null
  readonly services: readonly ServiceMigrationStatus[]
  /** What keeps the database itself from being migrated, such as that it cannot be reached. */
  readonly failure: MigrationFailure | null
}

/** True when the placement or one of its services failed. */
export function hasFailed({ failure, services }: PlacementMigrations): boolean {
  return failure !== null || services.some((service) => service.failure !== null)
}

/** What operators are told of an error. */
export function describeFailure(error: unknown): MigrationFailure {
  if (isTenantryError(error)) return { code: error.code, message: error.message, help: error.help }
  const { code, message } = error as { code?: string; message: string }
  return { code: code ?? 'INTERNAL', message, help: 'see that the database can be reached, and run it again' }
}
