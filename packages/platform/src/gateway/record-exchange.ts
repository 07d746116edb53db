import type { Meters } from '@tenantry/metrics'
import type { Logger } from 'pino'
import { describeFailure } from './describe-failure.ts'
import type { Exchange } from './exchange.ts'

/** One measurement and one log line of what was answered. `ingress` is who asked about it, where it was one. */
export function recordExchange(
  { log, meters }: { log: Logger; meters: Pick<Meters, 'recordRequest'> },
  { received, response, requestId, trace, tenant, service, deployment }: Exchange,
  { failure, durationMs, ingress }: { failure: unknown; durationMs: number; ingress?: string },
): void {
  meters.recordRequest({
    tenant,
    method: received.method,
    route: service ?? 'none',
    status: response.statusCode,
    durationS: durationMs / 1000,
  })
  log.info({
    request_id: requestId,
    trace_id: trace.traceId,
    ingress,
    tenant: tenant?.id,
    tier: tenant?.tier,
    service,
    deployment: deployment?.id,
    method: received.method,
    status: response.statusCode,
    ms: Math.round(durationMs * 10) / 10,
    ...describeFailure(failure),
  })
}
