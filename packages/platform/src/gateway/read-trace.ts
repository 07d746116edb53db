import { continueTrace, readTraceContext, type TraceContext } from '@tenantry/context'
import { headerValues, type ReceivedRequest } from './received-request.ts'

/** The caller's trace, or a new one where it has none. */
export function readTrace(received: ReceivedRequest): TraceContext {
  return continueTrace(
    readTraceContext(headerValues(received, 'traceparent'), headerValues(received, 'tracestate')),
  )
}
