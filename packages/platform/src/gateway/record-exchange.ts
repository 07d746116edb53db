import type { Meters } from '@tenantry/metrics'
import type { Logger } from 'pino'
import { describeFailure } from './describe-failure.ts'
import type { Exchange } from './exchange.ts'

/** One measurement and one log line of what was answered. `asked` is who asked about it, where it was an ingress. */
export function recordExchange(
  { log, meters }: { log: Logger; meters: Pick<Meters, 'recordRequest'> },
  { received, response, requestId, trace, tenant, service, deployment }: Exchange,
  { failure, durationMs, asked }: { failure: unknown; durationMs: number; asked?: string | undefined },
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
    ...(asked !== undefined && { ingress: asked }),
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
