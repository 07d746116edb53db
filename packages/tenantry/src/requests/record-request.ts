import type { AnsweredRequest } from '../runtime/answered-request.ts'
import { recordAnswer } from '../runtime/record-hops.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { admissionOf } from './open-request-scope.ts'

/**
 * Counts an answered request under its tenant, writes it to the access log, keeps it for whoever asks, and tells of one that will be refused once its service is
 * enforced.
 */
export function recordRequest(
  runtime: Pick<Runtime, 'document' | 'meters' | 'accessLog' | 'adoption' | 'hops' | 'usage'>,
  answered: AnsweredRequest,
): void {
  const { document, meters, accessLog, adoption, usage } = runtime
  const { request, route, status, durationS } = answered
  const method = request.method ?? ''
  const admission = admissionOf(request)
  meters.recordRequest({ tenant: admission?.scope?.context.tenant, method, route, status, durationS })
  if (usage && admission?.scope) usage.addRequest(admission, answered)
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
  recordAnswer(runtime, answered, admission)
  const overlooked = admission?.overlooked
  if (overlooked) adoption?.log.reportRequest({ ...overlooked, route: `${method} ${route}` })
}
