import type { DatabaseAudit } from '@tenantry/isolation'
import type { MigrationFailure } from './placement-migrations.ts'

/** What isolation is worth in one placement's database. */
export interface PlacementAudit {
  readonly database: string
  /** The tenant whose silo it is; null for the pool, empty for a database that was named by its URL. */
  readonly tenant: string | null
  /** Null when the catalog could not be read. */
  readonly audit: DatabaseAudit | null
  readonly failure: MigrationFailure | null
  /** True for a database that a service brought along. */
  readonly adopted?: boolean
}

/** True when there is a hole, or nobody knows. */
export function hasHole({ audit }: PlacementAudit): boolean {
  return !audit || audit.findings.some(({ severity }) => severity === 'hole')
}
