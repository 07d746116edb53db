import { ask, queryOf } from './ask.ts'
import { list, missing, nullable, number, object, type Read, text } from './read.ts'

const request = object({
  request: text,
  atMs: number,
  ms: number,
  tenant: nullable(text),
  tier: nullable(text),
  method: nullable(text),
  route: nullable(text),
  service: nullable(text),
  deployment: nullable(text),
  status: nullable(number),
  code: nullable(text),
})

/** One request as a gateway kept it. */
export type KeptRequest = Read<typeof request>

const answer = object({ requests: list(request), unread: missing(list(text), []) })

/** The newest first, and the processes that did not answer. */
export type RequestList = Read<typeof answer>

export function readRequests(
  { tenant, limit = 100 }: { tenant?: string | undefined; limit?: number },
  signal: AbortSignal,
): Promise<RequestList> {
  return ask(`/requests${queryOf({ tenant, limit })}`, answer, { signal })
}
