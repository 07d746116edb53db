import { TenantryError } from '@tenantry/context'

/** The error for a credential that proves no workload here. `why` is told to whoever sent it, and says nothing that it does not know. */
export function refuseWorkload(why: string, cause?: unknown): TenantryError {
  return new TenantryError('WORKLOAD_REFUSED', `the workload credential is refused: ${why}`, {
    status: 401,
    help: 'the control plane tells of each workload when it is started; see its log, and docs/operating/workload-credentials.md',
    cause,
  })
}
