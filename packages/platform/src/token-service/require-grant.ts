import { TenantryError } from '@tenantry/context'
import type { DirectoryDeployment, DirectoryWorkload, ServiceConfig } from '@tenantry/routing'
import type { TokenService } from './token-service.ts'

/** The deployment that asks, when its service was granted what it asks for; throws `EXCHANGE_REFUSED` (403). */
export function requireGrant(
  { config, directory }: Pick<TokenService, 'config' | 'directory'>,
  workload: DirectoryWorkload,
  grant: ServiceConfig['grants'][number],
): DirectoryDeployment {
  const deployment = directory.deployments.get(workload.id)
  if (deployment && config.services[deployment.service]?.grants.includes(grant)) return deployment
  throw new TenantryError('EXCHANGE_REFUSED', `this service was not granted \`${grant}\``, {
    status: 403,
    help: `add \`grants: ['${grant}']\` to the service in tenantry.config.ts, if it is to begin work by itself`,
  })
}
