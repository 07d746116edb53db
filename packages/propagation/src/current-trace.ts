import { trace } from '@opentelemetry/api'
import { readScope, readTraceContext, type TraceContext } from '@tenantry/context'

/**
 * Where in a trace this code is: at the active span of the service's own OpenTelemetry, when there is one, or else where its scope is.
 * `undefined` outside both.
 */
export function currentTrace(): TraceContext | undefined {
  return activeSpan() ?? readScope()?.trace
}

/**
 * The same for a request that may have been told already, by what traces for the service: that stays, unless a span of another
 * trace is active.
 */
export function traceOfCall(
  traceparents: readonly string[],
  tracestates: readonly string[],
): TraceContext | undefined {
  const told = readTraceContext(traceparents, tracestates)
  const span = activeSpan()
  if (told && (!span || span.traceId === told.traceId)) return told
  return span ?? readScope()?.trace
}

function activeSpan(): TraceContext | undefined {
  const { traceId, spanId, traceFlags, traceState } = trace.getActiveSpan()?.spanContext() ?? {}
  const flags = (traceFlags ?? 0).toString(16).padStart(2, '0')
  // Read as any other: a span that is not recorded has ids of zeros.
  return readTraceContext([`00-${traceId}-${spanId}-${flags}`], [traceState?.serialize() ?? ''])
}
