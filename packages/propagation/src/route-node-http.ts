import { type ChannelListener, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { fixedHeaders, removeHeaders, sealHeaders } from './fixed-headers.ts'
import { callHeaders, type OutgoingCall, type OutgoingCalls } from './outgoing-calls.ts'
import { isRefused } from './stale-route-handler.ts'

/** What an agent is handed with a request. Libraries have agents of their own by this method, so it does not change. */
type AddRequest = (this: Agent, request: ClientRequest, options: RequestTarget) => void

interface RequestTarget {
  readonly host?: string
  readonly port?: number | string
  readonly socketPath?: string
  readonly timeout?: number
}

const misdirected = 421

/**
 * Makes the clients of `node:http` and `node:https` keep the rules of calls, and so the libraries upon them: a request to
 * `http://<service>` goes to the deployment that serves the scope's tenant and carries its transaction token, one to any other
 * place never carries it. It emits `error` with `CALL_UNDECLARED` or `CONTEXT_MISSING`, before anything is sent.
 *
 * Calls are sent by an agent of ours, whichever the request names: another could have them go through a proxy.
 * `platformSockets` are the Unix sockets of the platform itself, which may be told the token. Returns what undoes it.
 */
export function routeNodeHttp(calls: OutgoingCalls, platformSockets: readonly string[] = []): () => void {
  const agent = new Agent({ keepAlive: true })
  const begun = new WeakMap<ClientRequest, OutgoingCall>()
  const agents = Agent.prototype as unknown as { addRequest: AddRequest }
  const { addRequest } = agents

  agents.addRequest = function (request, options) {
    const service = serviceOf(calls, request, options)
    if (service === undefined) return addRequest.call(this, request, options)
    start(service, request, options).catch((error: Error) => fail(request, error))
  }

  async function start(service: string, request: ClientRequest, options: RequestTarget): Promise<void> {
    const call = calls.begin(service, (name) => [request.getHeader(name) ?? []].flat().map(String))
    if (request.headersSent) throw fixedHeaders('the headers of a call are fixed before ours are there')
    begun.set(request, call)
    for (const [name, value] of Object.entries(call.headers)) request.setHeader(name, value)
    undoProxy(request)
    const { hostname, port } = new URL(await calls.resolveRoute(call))
    // Node wants an address of IPv6 as it is, a URL has it in brackets.
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    // An agent that reads what else the request asked for, such as a look-up of its own, could go elsewhere.
    addRequest.call(agent, request, { host, port: port || 80, ...readTimeout(options) })
  }

  const onCreated: ChannelListener = (message) => {
    const { request } = message as { request: ClientRequest & { socketPath?: string } }
    if (request.socketPath !== undefined && platformSockets.includes(request.socketPath)) return
    // INVARIANT: the token goes to our own services and to no other origin, whatever agent the request has, or none.
    if (!begun.has(request)) removeHeaders(request, callHeaders)
    sealHeaders(request, callHeaders)
  }

  const onAnswered: ChannelListener = (message) => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage }
    const call = begun.get(request)
    if (call && response.statusCode === misdirected) calls.forgetRoute(call)
  }

  // Node has sent its head from a buffer by then, or its body from a stream: whoever called asks again, and finds the next copy.
  const onFailed: ChannelListener = (message) => {
    const { request, error } = message as { request: ClientRequest; error: Error }
    const call = begun.get(request)
    if (call && isRefused(error)) calls.forgetRoute(call)
  }

  subscribe('http.client.request.created', onCreated)
  subscribe('http.client.response.finish', onAnswered)
  subscribe('http.client.request.error', onFailed)
  return () => {
    agents.addRequest = addRequest
    unsubscribe('http.client.request.created', onCreated)
    unsubscribe('http.client.response.finish', onAnswered)
    unsubscribe('http.client.request.error', onFailed)
    agent.destroy()
  }
}

function serviceOf(
  calls: OutgoingCalls,
  { protocol }: ClientRequest,
  { host, port, socketPath }: RequestTarget,
): string | undefined {
  if (host === undefined || socketPath) return undefined
  return calls.serviceAt(protocol, host, Number(port) === 80 ? '' : String(port))
}

function readTimeout({ timeout }: RequestTarget): Pick<RequestTarget, 'timeout'> {
  return timeout === undefined ? {} : { timeout }
}

// How an agent tells that there is no connection.
function fail(request: ClientRequest, error: Error): void {
  ;(request.onSocket as (socket?: Socket, error?: Error) => void)(undefined, error)
}

/** Where a proxy is set, the request was written for it before any agent had it. */
function undoProxy(request: ClientRequest): void {
  request.removeHeader('proxy-authorization')
  request.removeHeader('proxy-connection')
  request.path = request.path.replace(/^http:\/\/[^/?]*/i, '') || '/'
}
