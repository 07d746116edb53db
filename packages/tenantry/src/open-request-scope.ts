import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { leaveScope, Scope, TenantryError } from '@tenantry/context'
import { admitRequest } from './admit-request.ts'
import { keepIn } from './keep-in-scope.ts'
import { isOpenPath } from './open-path.ts'
import type { Runtime } from './runtime.ts'

/** Runs what belongs to a request: in the scope of its tenant, or outside every scope where it may go without one. */
export type RequestRun = <T>(work: () => T) => T

const scopes = new WeakMap<IncomingMessage, Scope>()
const runs = new WeakMap<IncomingMessage, RequestRun>()

/** The scope of a request, also after it was closed; `undefined` for one that was refused, or needs none. */
export function scopeOf(request: IncomingMessage): Scope | undefined {
  return scopes.get(request)
}

/** How a request is run that was admitted; `undefined` for any other. */
export function runOf(request: IncomingMessage | undefined): RequestRun | undefined {
  return request && runs.get(request)
}

/** Throws `CONTEXT_MISSING` for a request that no adapter admitted: it came in past the service. */
export function requireAdmitted(request: IncomingMessage | undefined): void {
  if (runOf(request)) return
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
  return (request && scopes.get(request))?.context.requestId ?? randomUUID()
}

/**
 * Opens the scope of a request: it is closed when the answer ended or the caller went away, and the listeners of
 * request and response run in it. One for an open path gets none, and is kept out of every other's. Rejects as `admitRequest`
 * does; then there is no scope.
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
  if (!isOpenPath(runtime.document, request)) {
    scope = new Scope(await admitRequest(runtime, request.rawHeaders))
    if (ended) scope.close()
    scopes.set(request, scope)
  }
  const run: RequestRun = scope ? scope.run.bind(scope) : leaveScope
  runs.set(request, run)
  keepMessagesIn(run, request, response)
  return run
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
