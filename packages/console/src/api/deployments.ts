import { ask } from './ask.ts'
import { list, nullable, object, type Read, text } from './read.ts'

const deployment = object({
  id: text,
  service: text,
  tenant: nullable(text),
  database: text,
  addresses: list(text),
})

/** One running copy-set of a service: the pool's, or one tenant's silo. Without addresses no copy runs. */
export type Deployment = Read<typeof deployment>

const answer = object({ deployments: list(deployment) })

export async function readDeployments(signal: AbortSignal): Promise<readonly Deployment[]> {
  return (await ask('/deployments', answer, { signal })).deployments
}
