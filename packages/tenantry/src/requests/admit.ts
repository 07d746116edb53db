import type { IncomingMessage } from 'node:http'
import { isTenantryError, leaveScope, readTraceContext, Scope, type TraceContext } from '@tenantry/context'
import type { Admission } from '../runtime/admission.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { admitRequest } from './admit-request.ts'
import { hideCallHeaders } from './hide-call-headers.ts'
import { isOpenPath } from './open-path.ts'
import { readHeaders } from './read-headers.ts'

/**
 * Admits a request or an upgrade: into a scope of its tenant; outside every scope for an open path; and likewise, while an adopted
 * database does not enforce it, for whatever `admitRequest` refuses. Rejects as `admitRequest` does otherwise.
 */
export async function admit(runtime: Runtime, request: IncomingMessage): Promise<Admission> {
  if (isOpenPath(runtime.document, request)) {
    hideCallHeaders(request)
    return outside()
  }
  try {
    const { keeper } = runtime
    const { context, caller } = await admitRequest(runtime, request.rawHeaders)
    const scope = new Scope(context, { keeper, caller: readTrace(request) })
    return { scope, run: scope.run.bind(scope), caller, overlooked: undefined }
  } catch (refusal) {
    const mode = await runtime.adoption?.door.mode()
    if (mode === undefined || mode === 'enforce') throw refusal
    const code = isTenantryError(refusal) ? refusal.code : 'INTERNAL'
    return outside({ code, loud: mode === 'warn' })
  } finally {
    // INVARIANT: the token goes to our own services and to no one else, so the service itself does not get to see it.
    hideCallHeaders(request)
  }
}

function outside(overlooked?: Admission['overlooked']): Admission {
  return { scope: undefined, run: leaveScope, caller: undefined, overlooked }
}

function readTrace({ rawHeaders }: IncomingMessage): TraceContext | undefined {
  const traceparents = readHeaders(rawHeaders, 'traceparent')
  return traceparents.length === 0
    ? undefined
    : readTraceContext(traceparents, readHeaders(rawHeaders, 'tracestate'))
}
