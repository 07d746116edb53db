import { type Meters, outside, type UsageLedger } from '@tenantry/metrics'
import type { HopLog, TenantryConfig } from '@tenantry/routing'
import type { Logger } from 'pino'
import { describeFailure } from './describe-failure.ts'
import type { Exchange } from './exchange.ts'
import type { ExchangeOutcome } from './exchange-outcome.ts'
import { recordHop } from './record-hop.ts'

/** What the answering of requests is recorded with. */
export interface Recorder {
  readonly log: Logger
  readonly meters: Pick<Meters, 'startRequest' | 'recordRequest'>
  /** Left out where nothing is kept of requests. */
  readonly hops?: HopLog | undefined
  /** Left out where nothing is added up for tenants. */
  readonly usage?: UsageLedger | undefined
}

/** One measurement, one log line and one hop of what was answered, and its part of what its tenant used. */
export function recordExchange(
  { log, meters, hops, usage, config }: Recorder & { config: TenantryConfig },
  exchange: Exchange,
  outcome: ExchangeOutcome,
): void {
  const { received, response, requestId, trace, tenant, service, deployment } = exchange
  const { failure, durationMs, ingress } = outcome
  meters.recordRequest({
    tenant,
    method: received.method,
    route: service ?? 'none',
    status: response.statusCode,
    durationS: durationMs / 1000,
  })
  if (usage && tenant) addUsage(usage, tenant.id, exchange, durationMs)
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
  if (hops) recordHop({ hops, config }, exchange, outcome)
}

function addUsage(
  usage: UsageLedger,
  tenant: string,
  { response, bytesIn, bytesOut, limitedBy }: Exchange,
  durationMs: number,
): void {
  const limited = limitedBy !== undefined
  usage.addRequest(tenant, { status: response.statusCode, limited, durationMs, bytesIn, bytesOut })
  usage.addCaller(outside)
  // Requests of all tenants take the same steps here.
  usage.addWork(tenant, 1)
}
