import { TenantryError } from '@tenantry/context'
import type { TenantryConfig } from '@tenantry/routing'
import type { FastifyInstance } from 'fastify'
import { askForHops, type HopKeeper } from './ask-for-hops.ts'
import { explainRequest } from './explain-request.ts'
import type { Explanation } from './explanation.ts'
import { followRequest } from './follow-request.ts'

/** What explaining a request needs. */
export interface ExplainRouteParts {
  /** The processes that keep hops, as they are known now. */
  readonly keepers: () => readonly HopKeeper[]
  readonly config: TenantryConfig
}

/** `GET /explain/:id` explains the request, event or trace with this id. */
export function addExplainRoute(app: FastifyInstance, { keepers, config }: ExplainRouteParts): void {
  app.get<{ Params: { id: string } }>('/explain/:id', async ({ params: { id } }): Promise<Explanation> => {
    if (!/^[\x21-\x7e]{1,100}$/.test(id)) throw idInvalid()
    const followed = await followRequest(id, {
      keep: config.explain,
      ask: (ids, { gateways }) => {
        const asked = keepers().filter(({ kind }) => gateways || kind !== 'gateway')
        return askForHops(asked, ids)
      },
    })
    return explainRequest(followed, config)
  })
}

function idInvalid(): TenantryError {
  return new TenantryError('REQUEST_ID_INVALID', 'this is no id of a request', {
    status: 400,
    help: 'give the `x-request-id` of an answer, `request_id` of an access log, or the id of a trace or an event',
  })
}
