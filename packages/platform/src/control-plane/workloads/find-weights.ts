import type { IncomingMessage } from 'node:http'
import { TenantryError } from '@tenantry/context'
import { type Directory, type DirectoryWorkload, weightsAskedMax } from '@tenantry/routing'
import { z } from 'zod'
import { readJson } from '../bodies/read-json.ts'

const bytesMax = 64 * 1024
const questionSchema = z.strictObject({ tenants: z.array(z.string().max(40)).max(weightsAskedMax) })

/**
 * What the tenants that a deployment asks for weigh by an operator's word: of those that it serves, and that do not weigh what their tier
 * says. INVARIANT: of any other it hears as much as of one that there is not. Rejects with `WORKLOAD_REFUSED` (403) for what is no deployment,
 * and `WEIGHTS_QUESTION_INVALID` (400).
 */
export async function findWeights(
  directory: Directory,
  workload: DirectoryWorkload,
  request: IncomingMessage,
): Promise<Record<string, number>> {
  const deployment = directory.deployments.get(workload.id)
  if (!deployment) {
    throw new TenantryError('WORKLOAD_REFUSED', 'this workload has no tenants to ask for', {
      status: 403,
      help: 'deployments ask what their tenants weigh',
    })
  }
  const parsed = questionSchema.safeParse(await readJson(request, { bytesMax, invalid }))
  if (!parsed.success) throw invalid(parsed.error.issues[0]?.path.join('.') || 'body')
  const weights = parsed.data.tenants.flatMap((id): [string, number][] => {
    const weight = directory.tenants.get(id)?.limits?.weight
    const isServed = directory.deploymentFor(id, deployment.service) === deployment
    return isServed && weight !== undefined ? [[id, weight]] : []
  })
  return Object.fromEntries(weights)
}

function invalid(what: string): TenantryError {
  return new TenantryError('WEIGHTS_QUESTION_INVALID', `this does not name tenants: ${what}`, {
    status: 400,
    help: 'see that this process and the control plane are of one release',
  })
}
