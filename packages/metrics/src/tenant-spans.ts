import { type Attributes, trace } from '@opentelemetry/api'
import { readContext } from '@tenantry/context'

/** As much of a span as is needed. */
interface Attributed {
  setAttributes(attributes: Attributes): unknown
}

/**
 * A span processor (OpenTelemetry's tracing SDK) that gives each span the tenant of the scope in which it begins, as `tenant.id` and `tenant.tier`; outside a scope, nothing.
 *
 * ```ts
 * new NodeTracerProvider({ spanProcessors: [tenantSpans(), new BatchSpanProcessor(exporter)] })
 * ```
 */
export function tenantSpans() {
  return {
    onStart: (span: Attributed): void => markSpan(span),
    onEnd: (): void => undefined,
    forceFlush: async (): Promise<void> => undefined,
    shutdown: async (): Promise<void> => undefined,
  }
}

/** Gives the tenant of the scope to the span that is active: the request's own, which began before anyone knew whose it is. */
export function markActiveSpan(): void {
  const span = trace.getActiveSpan()
  if (span) markSpan(span)
}

function markSpan(span: Attributed): void {
  const tenant = readContext()?.tenant
  if (tenant) span.setAttributes({ 'tenant.id': tenant.id, 'tenant.tier': tenant.tier })
}
