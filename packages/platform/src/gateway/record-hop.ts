import { type HopLog, limitsOf, type TenantryConfig } from '@tenantry/routing'
import { describeFailure } from './describe-failure.ts'
import type { Exchange } from './exchange.ts'
import type { ExchangeOutcome } from './exchange-outcome.ts'

/** Keeps what the steps found out about a request, for whoever asks later why it was answered so. */
export function recordHop(
  { hops, config }: { hops: HopLog; config: TenantryConfig },
  exchange: Exchange,
  { failure, durationMs, ingress }: ExchangeOutcome,
): void {
  const { received, response, requestId, trace, claims, tenant, service, deployment } = exchange
  hops.add({
    kind: 'gateway',
    ms: durationMs,
    request: requestId,
    trace: trace.traceId,
    tenant: tenant?.id ?? claims?.tenant,
    tier: tenant?.tier,
    method: received.method,
    status: response.statusCode,
    code: describeFailure(failure).code,
    ingress,
    resolvedBy: exchange.resolvedBy && [...exchange.resolvedBy],
    addressed: exchange.addressed,
    issuer: claims?.issuer,
    // The first segment is a route of the configuration where it led to a service; all else is the caller's own text.
    route: service && exchange.target.split(/[/?]/, 2).join('/'),
    service,
    deployment: deployment?.id,
    limit: limitOf(config, exchange),
  })
}

function limitOf(config: TenantryConfig, { tenant, limitedBy }: Exchange) {
  if (!tenant || !limitedBy) return undefined
  const { rate, concurrency } = limitsOf(config, tenant)
  const [max, set] =
    limitedBy === 'rate'
      ? [rate?.requestsPerSecond, tenant.limits?.requestsPerSecond]
      : [concurrency, tenant.limits?.concurrency]
  return { by: limitedBy, max: max ?? 0, own: set !== undefined }
}
