import { callerRefused, isTenantryError, serviceAudience } from '@tenantry/context'
import type { DirectoryDeployment, DirectoryWorkload } from '@tenantry/routing'
import { refuseRequest } from './refuse-request.ts'
import type { TokenService } from './token-service.ts'

/**
 * Whose credential this is, for the service that was called with it: who it is, its one tenant if it is a silo's, and when the
 * credential ends. Rejects with `CALLER_REFUSED` (403) for one that is not for calls to that service, or whose workload the
 * configuration lets it not call, and with `WORKLOAD_ISSUER_DOWN` (503).
 */
export async function findCaller(
  service: TokenService,
  called: DirectoryWorkload,
  form: URLSearchParams,
): Promise<object> {
  const { deployments } = service.directory
  const to = called.kind === 'service' ? deployments.get(called.id) : undefined
  if (!to) throw refuseRequest('only a service is called')
  // INVARIANT: a credential is for one service, and that service alone learns from it who calls.
  const { workload, expiresAtMs } = await service
    .workloads(form.get('credential') ?? '', serviceAudience(to.service))
    .catch((cause) => {
      throw isTenantryError(cause) && cause.status === 503 ? cause : callerRefused(cause)
    })
  const from = deployments.get(workload.id)
  if (!mayCall(service, workload, from, to)) throw callerRefused()
  return { workload: workload.id, tenant: from?.tenant ?? null, expiresAtMs }
}

function mayCall(
  { config }: TokenService,
  { kind }: DirectoryWorkload,
  from: DirectoryDeployment | undefined,
  to: DirectoryDeployment,
): boolean {
  const called = config.services[to.service]
  switch (kind) {
    case 'gateway':
      return called !== undefined && called.routes.length > 0
    case 'relay':
      return called !== undefined && called.subscribes.length > 0
    case 'service':
      // INVARIANT: a service is called by those that declare it, and this is where they are known from.
      return from !== undefined && config.services[from.service]?.calls.includes(to.service) === true
    default:
      return false
  }
}
