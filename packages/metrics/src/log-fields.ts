import { readScope } from '@tenantry/context'

/** What a log line says of whom its work is for. */
export interface LogFields {
  readonly request_id: string
  readonly trace_id: string
  readonly tenant: string
  readonly tier: string
}

/**
 * What a log line of the work at hand says: its request, its trace, its tenant and that tenant's tier, as the access logs name them; nothing outside a scope. For loggers
 * that ask at each line, such as pino's `mixin`:
 *
 * ```ts
 * const log = pino({ mixin: logFields })
 * ```
 */
export function logFields(): LogFields | Record<string, never> {
  const scope = readScope()
  if (!scope) return {}
  const { requestId, tenant } = scope.context
  return { request_id: requestId, trace_id: scope.trace.traceId, tenant: tenant.id, tier: tenant.tier }
}
