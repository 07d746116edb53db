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

/**
 * Counts an answered request under its tenant, writes it to the access log, and tells of one that will be refused once its service is
 * enforced.
 */
export function recordRequest(
  { document, meters, accessLog, adoption }: Pick<Runtime, 'document' | 'meters' | 'accessLog' | 'adoption'>,
  { request, route, status, durationS }: AnsweredRequest,
): void {
  const method = request.method ?? ''
  const admission = admissionOf(request)
  meters.recordRequest({ tenant: admission?.scope?.context.tenant, method, route, status, durationS })
  if (accessLog) {
    const { service, deployment } = document
    const { context, trace } = admission?.scope ?? {}
    accessLog.write({
      request_id: context?.requestId,
      trace_id: trace?.traceId,
      tenant: context?.tenant.id,
      tier: context?.tenant.tier,
      ...{ service, deployment, method, route, status, ms: Math.round(durationS * 10_000) / 10 },
    })
  }
  const overlooked = admission?.overlooked
  if (overlooked) adoption?.log.reportRequest({ ...overlooked, route: `${method} ${route}` })
}
