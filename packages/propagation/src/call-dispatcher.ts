import { requireContext, type TenantContext, TenantryError, transactionTokenHeader } from '@tenantry/context'
import { Agent, Dispatcher } from 'undici'
import { MisdirectedHandler } from './misdirected-handler.ts'
import { setHeader } from './set-header.ts'

/** What a service may call, and where its calls go. */
export interface CallDispatcherOptions {
  /** The names of all our services. */
  readonly services: readonly string[]
  /** The services that this one declares in `calls`. */
  readonly calls: readonly string[]
  /** Finds the origin of the deployment that serves this tenant for `service`. */
  readonly resolveRoute: (context: TenantContext, service: string) => Promise<string>
  /** Told when a deployment answered that it does not serve the tenant (421). */
  readonly forgetRoute?: (context: TenantContext, service: string) => void
  /** What sends the requests; an undici `Agent` unless given. */
  readonly inner?: Dispatcher
}

/**
 * A dispatcher for undici's `setGlobalDispatcher`, which Node's own `fetch` goes through as well. A request to
 * `http://<service>` goes to the deployment that serves the scope's tenant and carries its transaction token; one to
 * any other origin never carries it, whoever put it there.
 * Requests fail with `CALL_UNDECLARED` for a service of ours that is not declared, `CONTEXT_MISSING` outside a scope.
 */
export function createCallDispatcher(options: CallDispatcherOptions): Dispatcher {
  return new CallDispatcher(options)
}

class CallDispatcher extends Dispatcher {
  readonly #options: CallDispatcherOptions
  readonly #inner: Dispatcher
  readonly #services: ReadonlySet<string>
  readonly #calls: ReadonlySet<string>

  constructor(options: CallDispatcherOptions) {
    super()
    this.#options = options
    this.#inner = options.inner ?? new Agent()
    this.#services = new Set(options.services)
    this.#calls = new Set(options.calls)
  }

  override dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const service = this.#serviceOf(request.origin)
    if (service === undefined) {
      // INVARIANT: the token goes to our own services and to no other origin. A redirect comes by here again.
      const headers = setHeader(request.headers, transactionTokenHeader, undefined)
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
      if (!this.#calls.has(service)) throw undeclared(service)
      // INVARIANT: a call is made for the tenant of the scope that it began in, and never for none.
      const context = requireContext()
      const headers = setHeader(request.headers, transactionTokenHeader, context.token)
      await this.#send(context, service, { ...request, headers }, handler, isReplayable(request))
    } catch (error) {
      handler.onResponseError?.(noConnection, error as Error)
    }
  }

  async #send(
    context: TenantContext,
    service: string,
    call: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
    mayRepeat: boolean,
  ): Promise<void> {
    const { resolveRoute, forgetRoute } = this.#options
    const onMisdirected = () => {
      forgetRoute?.(context, service)
      if (!mayRepeat) return false
      this.#send(context, service, call, handler, false).catch((error: Error) =>
        handler.onResponseError?.(noConnection, error),
      )
      return true
    }
    const origin = await resolveRoute(context, service)
    this.#inner.dispatch({ ...call, origin }, new MisdirectedHandler(handler, onMisdirected))
  }

  #serviceOf(origin: string | URL | undefined): string | undefined {
    if (origin === undefined || !URL.canParse(String(origin))) return undefined
    const { protocol, hostname, port } = new URL(String(origin))
    return protocol === 'http:' && port === '' && this.#services.has(hostname) ? hostname : undefined
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

function undeclared(service: string): TenantryError {
  return new TenantryError('CALL_UNDECLARED', `this service does not declare calls to \`${service}\``, {
    help: `add \`${service}\` to its \`calls\` in tenantry.config.ts`,
  })
}
