import { requireTenantId, TenantryError } from '@tenantry/context'
import type { Topology } from '../deployments/topology.ts'

/** Whose the rows are that tables had before Tenantry: a tenant by service, `*` for those that are not named. */
export type ExistingRows = Readonly<Record<string, string>>

/** Whose the rows are that the services of one placement had before Tenantry; nobody's unless it tells. */
export interface ClaimedRows {
  readonly existingRowsOf?: (service: string) => string | undefined
}

/**
 * Tells whose a service's existing rows are in a placement: the named tenant's, in the one database where that tenant has
 * the service, and nobody's in any other. Throws `TENANT_ID_INVALID` or, for a service that there is not,
 * `MIGRATION_SERVICE` (400).
 */
export function locateExistingRows(
  rows: ExistingRows,
  placements: readonly Topology[],
): (placement: Topology, service: string) => string | undefined {
  for (const [service, tenant] of Object.entries(rows)) {
    requireTenantId(tenant)
    if (service !== '*' && !placements.some((placement) => hasService(placement, service)))
      throw unknown(service)
  }
  return (placement, service) => {
    const tenant = Object.hasOwn(rows, service) ? rows[service] : rows['*']
    if (tenant === undefined) return undefined
    const silo = placements.find((one) => one.tenant === tenant && hasService(one, service))
    return placement.tenant === (silo?.tenant ?? null) ? tenant : undefined
  }
}

function hasService({ database }: Topology, service: string): boolean {
  return database.services.includes(service)
}

function unknown(service: string): TenantryError {
  return new TenantryError('MIGRATION_SERVICE', `there is no service \`${service}\``, {
    status: 400,
    help: 'name one of tenantry.config.ts, or only the tenant, for all of its services',
  })
}
