import { callerRefused } from '@tenantry/context'
import type { DirectoryDeployment, DirectoryWorkload } from '@tenantry/routing'
import { refuseRequest } from './refuse-request.ts'
import type { TokenService } from './token-service.ts'

/**
 * The workload whose key has this `kid`, for the service that it calls: who it is, its one tenant if it is a silo's, its key.
 * Throws `CALLER_REFUSED` (403) when the configuration lets it not call that service, or it is not known.
 */
export function findCaller(service: TokenService, called: DirectoryWorkload, form: URLSearchParams): object {
  const { workloads, deployments } = service.directory
  const to = called.kind === 'service' ? deployments.get(called.id) : undefined
  if (!to) throw refuseRequest('only a service is called')
  const kid = form.get('kid')
  for (const workload of workloads.values()) {
    if (workload.jwk.kid !== kid) continue
    const from = deployments.get(workload.id)
    if (mayCall(service, workload, from, to)) {
      return { workload: workload.id, tenant: from?.tenant ?? null, jwk: workload.jwk }
    }
  }
  throw callerRefused()
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
