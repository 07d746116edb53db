import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Scope, TenantryError } from '@tenantry/context'
import { markActiveSpan } from '@tenantry/metrics'
import type { Admission, RequestRun } from '../runtime/admission.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { admit } from './admit.ts'
import { keepIn } from './keep-in-scope.ts'

const admissions = new WeakMap<IncomingMessage, Admission>()

/** How a request was admitted; `undefined` for one that was refused, or came past the service. */
export function admissionOf(request: IncomingMessage | undefined): Admission | undefined {
  return request && admissions.get(request)
}

/** The scope of a request, also after it was closed; `undefined` for one that was refused, or needs none. */
export function scopeOf(request: IncomingMessage | undefined): Scope | undefined {
  return admissionOf(request)?.scope
}

/** Throws `CONTEXT_MISSING` for a request that no adapter admitted: it came in past the service. */
export function requireAdmitted(request: IncomingMessage | undefined): void {
  if (admissionOf(request)) return
  throw new TenantryError(
    'CONTEXT_MISSING',
    'this request came in past the service, and has no tenant context',
    {
      help: 'listen with what the adapter returned, and not with the framework’s own server',
    },
  )
}

/** The id of a request, the same on every hop; a new one for a request that was refused, or came past the service. */
export function requestIdOf(request: IncomingMessage | undefined): string {
  return scopeOf(request)?.context.requestId ?? randomUUID()
}

/**
 * Opens the scope of a request: it is closed when the answer ended or the caller went away, and the listeners of
 * request and response run in it; or outside every scope, where the request was admitted without one. Rejects as `admit` does.
 */
export async function openRequestScope(
  runtime: Runtime,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<RequestRun> {
  // A caller may be gone before its token is verified; the answer's end is listened for from the start.
  let scope: Scope | undefined
  let ended = false
  response.once('close', () => {
    ended = true
    scope?.close()
  })
  const bodies = runtime.usage?.countBodies(request, response)
  const admission: Admission = { ...(await admit(runtime, request)), bodies }
  scope = admission.scope
  if (ended) scope?.close()
  admissions.set(request, admission)
  admission.run(markActiveSpan)
  keepMessagesIn(admission.run, request, response)
  return admission.run
}

// INVARIANT: whatever reads a body or writes an answer, piece by piece, does so in its own request's scope. Node
// emits in the socket's context, or in that of the request before on the same socket.
function keepMessagesIn(run: RequestRun, request: IncomingMessage, response: ServerResponse): void {
  keepIn(run, request)
  keepIn(run, response)
  const { write } = response
  // What is written while the socket is busy is acknowledged when it is free again, by whoever kept it busy.
  response.write = (...written: unknown[]) =>
    Reflect.apply(
      write,
      response,
      written.map((part) =>
        typeof part === 'function' ? (...told: unknown[]) => run(() => part(...told)) : part,
      ),
    )
}
