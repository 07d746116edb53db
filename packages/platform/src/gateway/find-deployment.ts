import { TenantryError } from '@tenantry/context'
import { found, type Step } from './exchange.ts'

/** Finds the deployment that the tenant's placement names. Throws `DEPLOYMENT_DOWN` (503) when no copy of it runs. */
export const findDeployment: Step = ({ directory }, exchange) => {
  const service = found(exchange, 'service')
  const deployment = directory.deploymentFor(found(exchange, 'tenant').id, service)
  if (!deployment?.addresses.length) throw deploymentDown(service)
  exchange.deployment = deployment
}

/** The error for a service of which no copy answers. */
export function deploymentDown(service: string, cause?: unknown): TenantryError {
  return new TenantryError('DEPLOYMENT_DOWN', `\`${service}\` does not answer at the moment`, {
    status: 503,
    help: 'it is being started again; try in a second',
    cause,
  })
}
