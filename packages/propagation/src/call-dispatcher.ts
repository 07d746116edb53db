import { traceHeaders } from '@tenantry/context'
import { Agent, Dispatcher } from 'undici'
import { keepOneTraceparent } from './keep-one-traceparent.ts'
import { callHeaders, type OutgoingCall, type OutgoingCalls } from './outgoing-calls.ts'
import { readHeader, setHeaders } from './set-headers.ts'
import { StaleRouteHandler } from './stale-route-handler.ts'

/**
 * A dispatcher for undici's `setGlobalDispatcher`, which Node's own `fetch` goes through as well. A request to
 * `http://<service>` goes to the deployment that serves the scope's tenant and carries its transaction token; one to
 * any other origin never carries it, whoever put it there. One that reached nobody, because the deployment moved or its copy ended, is
 * sent once more, to where the tenant is served now, unless its body is a stream. `inner` sends the requests; an undici `Agent` unless given.
 * Requests fail with `CALL_UNDECLARED` for a service of ours that is not declared, `CONTEXT_MISSING` outside a scope.
 */
export function createCallDispatcher(calls: OutgoingCalls, inner: Dispatcher = new Agent()): Dispatcher {
  return new CallDispatcher(calls, inner)
}

class CallDispatcher extends Dispatcher {
  readonly #calls: OutgoingCalls
  readonly #inner: Dispatcher

  constructor(calls: OutgoingCalls, inner: Dispatcher) {
    super()
    this.#calls = calls
    this.#inner = inner
  }

  override dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const service = this.#serviceOf(request.origin)
    if (service === undefined) {
      // INVARIANT: the token goes to our own services and to no other origin. A redirect comes by here again.
      const headers = setHeaders(request.headers, callHeaders)
      return this.#inner.dispatch({ ...request, headers }, handler)
    }
    void this.#call(service, request, handler)
    return true
  }

  override close(...args: unknown[]): never {
    return (this.#inner.close as (...args: unknown[]) => unknown)(...args) as never
  }

  override destroy(...args: unknown[]): never {
    return (this.#inner.destroy as (...args: unknown[]) => unknown)(...args) as never
  }

  async #call(
    service: string,
    request: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): Promise<void> {
    try {
      const sent = setHeaders(request.headers, callHeaders)
      const call = this.#calls.begin(service, (name) => readHeader(sent, name))
      const headers = setHeaders(sent, traceHeaders, call.headers)
      keepOneTraceparent()
      await this.#send(call, { ...request, headers }, handler, isReplayable(request))
    } catch (error) {
      handler.onResponseError?.(noConnection, error as Error)
    }
  }

  async #send(
    call: OutgoingCall,
    request: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
    mayRepeat: boolean,
  ): Promise<void> {
    const onStale = () => {
      this.#calls.forgetRoute(call)
      if (!mayRepeat) return false
      this.#send(call, request, handler, false).catch((error: Error) =>
        handler.onResponseError?.(noConnection, error),
      )
      return true
    }
    const origin = await this.#calls.resolveRoute(call)
    this.#inner.dispatch({ ...request, origin }, new StaleRouteHandler(handler, onStale))
  }

  #serviceOf(origin: string | URL | undefined): string | undefined {
    if (origin === undefined || !URL.canParse(String(origin))) return undefined
    const { protocol, hostname, port } = new URL(String(origin))
    return this.#calls.serviceAt(protocol, hostname, port)
  }
}

// A body that is a stream is gone once it was sent.
function isReplayable({ body }: Dispatcher.DispatchOptions): boolean {
  return body === undefined || body === null || typeof body === 'string' || ArrayBuffer.isView(body)
}

// What a handler gets when the request never came to have a connection.
const noConnection: Dispatcher.DispatchController = {
  aborted: true,
  paused: false,
  reason: null,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
}
