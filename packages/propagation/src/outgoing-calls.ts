import {
  callerHeader,
  requireContext,
  type TenantContext,
  TenantryError,
  transactionTokenHeader,
  writeTraceContext,
} from '@tenantry/context'
import { traceOfCall } from './current-trace.ts'

/** What a service may call, and where its calls go. */
export interface CallOptions {
  /** The names of all our services. */
  readonly services: readonly string[]
  /** The services that this one declares in `calls`. */
  readonly calls: readonly string[]
  /** Gives a live assertion of who this service is, for calls to `service`. */
  readonly caller: (service: string) => string
  /** Finds the origin of the deployment that serves this tenant for `service`. */
  readonly resolveRoute: (context: TenantContext, service: string) => Promise<string>
  /** Told when a deployment answered that it does not serve the tenant (421), or nobody listens there any more. */
  readonly forgetRoute?: (context: TenantContext, service: string) => void
}

/** The headers of ours on calls: set on those to our services, and taken off any other request. */
export const callHeaders: readonly string[] = [transactionTokenHeader, callerHeader]

/** One call that may be made. */
export interface OutgoingCall {
  readonly context: TenantContext
  readonly service: string
  /** What it carries: one value for each of `callHeaders`, and the trace that it belongs to. */
  readonly headers: Readonly<Record<string, string>>
}

/** The rules of outgoing calls, the same for every client: which requests are calls, who may make them, where they go. */
export class OutgoingCalls {
  readonly #options: CallOptions
  #services: ReadonlySet<string>
  readonly #calls: ReadonlySet<string>

  constructor(options: CallOptions) {
    this.#options = options
    this.#services = new Set(options.services)
    this.#calls = new Set(options.calls)
  }

  /** Takes these for the names of all our services from now on. */
  know(services: readonly string[]): void {
    this.#services = new Set(services)
  }

  /** The service that an origin names; `undefined` for every other host, scheme or port. */
  serviceAt(protocol: string, hostname: string, port: string): string | undefined {
    const name = hostname.toLowerCase()
    return protocol === 'http:' && port === '' && this.#services.has(name) ? name : undefined
  }

  /**
   * Begins a call for the tenant of the scope; `headers` gives the values of a header, by its name in lower case, that the request has
   * already. Throws `CALL_UNDECLARED`, or `CONTEXT_MISSING` outside a scope.
   */
  begin(service: string, headers: (name: string) => readonly string[]): OutgoingCall {
    if (!this.#calls.has(service)) throw undeclared(service)
    // INVARIANT: a call is made for the tenant of the scope that it began in, and never for none.
    const context = requireContext()
    const trace = traceOfCall(headers('traceparent'), headers('tracestate'))
    return {
      context,
      service,
      headers: {
        [transactionTokenHeader]: context.token,
        [callerHeader]: this.#options.caller(service),
        ...(trace && writeTraceContext(trace)),
      },
    }
  }

  /** The origin of the deployment that takes the call. Rejects as the look-up does. */
  resolveRoute({ context, service }: OutgoingCall): Promise<string> {
    return this.#options.resolveRoute(context, service)
  }

  /** To be told when a deployment answered that it does not serve the tenant, or when its connection was refused. */
  forgetRoute({ context, service }: OutgoingCall): void {
    this.#options.forgetRoute?.(context, service)
  }
}

function undeclared(service: string): TenantryError {
  return new TenantryError('CALL_UNDECLARED', `this service does not declare calls to \`${service}\``, {
    help: `add \`${service}\` to its \`calls\` in tenantry.config.ts`,
  })
}
