import type { IncomingMessage } from 'node:http'
import { admissionOf } from './open-request-scope.ts'
import type { Runtime } from './runtime.ts'

/** What is known of a request once it is answered. `route` is its pattern, never its path: a client chooses paths. */
export interface AnsweredRequest {
  readonly request: IncomingMessage
  readonly route: string
  readonly status: number
  readonly durationS: number
}

/** Counts an answered request under its tenant, and tells of one that will be refused once its service is enforced. */
export function recordRequest(
  { meters, adoption }: Pick<Runtime, 'meters' | 'adoption'>,
  { request, route, status, durationS }: AnsweredRequest,
): void {
  const method = request.method ?? ''
  const admission = admissionOf(request)
  meters.recordRequest({ tenant: admission?.scope?.context.tenant, method, route, status, durationS })
  const overlooked = admission?.overlooked
  if (overlooked) adoption?.log.reportRequest({ ...overlooked, route: `${method} ${route}` })
}
