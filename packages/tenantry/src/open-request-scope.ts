import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Scope } from '@tenantry/context'
import { admitRequest } from './admit-request.ts'
import { keepIn } from './keep-in-scope.ts'
import type { Runtime } from './runtime.ts'

const scopes = new WeakMap<IncomingMessage, Scope>()

/** The scope of a request, also after it was closed; `undefined` for one that was refused. */
export function scopeOf(request: IncomingMessage): Scope | undefined {
  return scopes.get(request)
}

/** The id of a request, the same on every hop; a new one for a request that was refused, or came past the service. */
export function requestIdOf(request: IncomingMessage | undefined): string {
  return (request && scopes.get(request))?.context.requestId ?? randomUUID()
}

/**
 * Opens the scope of a request: it is closed when the answer ended or the caller went away, and the listeners of
 * request and response run in it. Rejects as `admitRequest` does; then there is no scope.
 */
export async function openRequestScope(
  runtime: Runtime,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Scope> {
  // A caller may be gone before its token is verified; the answer's end is listened for from the start.
  let scope: Scope | undefined
  let ended = false
  response.once('close', () => {
    ended = true
    scope?.close()
  })
  scope = new Scope(await admitRequest(runtime, request.rawHeaders))
  if (ended) scope.close()
  scopes.set(request, scope)
  keepMessagesIn(scope, request, response)
  return scope
}

// INVARIANT: whatever reads a body or writes an answer, piece by piece, does so in its own request's scope. Node
// emits in the socket's context, or in that of the request before on the same socket.
function keepMessagesIn(scope: Scope, request: IncomingMessage, response: ServerResponse): void {
  keepIn(scope, request)
  keepIn(scope, response)
  const { write } = response
  // What is written while the socket is busy is acknowledged when it is free again, by whoever kept it busy.
  response.write = (...written: unknown[]) =>
    Reflect.apply(
      write,
      response,
      written.map((part) =>
        typeof part === 'function' ? (...told: unknown[]) => scope.run(() => part(...told)) : part,
      ),
    )
}
