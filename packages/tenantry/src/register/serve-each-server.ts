import { subscribe } from 'node:diagnostics_channel'
import http, { type IncomingMessage, type RequestListener, type Server } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import type { ListenOptions } from 'node:net'
import type { Duplex } from 'node:stream'
import { TenantryError } from '@tenantry/context'
import { EventHandlers } from '../requests/event-handlers.ts'
import { serveUpgrade } from '../requests/on-upgrade.ts'
import { patternOf } from '../requests/pattern-of.ts'
import { type ServedService, serveInScope } from '../requests/serve-in-scope.ts'
import { isOperatorServer } from '../runtime/operator-server.ts'
import { requireRuntime } from '../runtime/require-runtime.ts'
import { stopWithPlatform } from '../runtime/stop-with-platform.ts'

type Emit = (this: Server, event: string, ...args: unknown[]) => boolean

const servers = new Set<Server>()
/** The server that the platform sends requests to. */
let main: Server | undefined
let served: Omit<ServedService, 'listener'> | undefined
const fastifyRoutes = new WeakMap<IncomingMessage, string>()

/**
 * Makes every server of `node:http` and `node:https` admit its requests and upgrades before a listener hears of them, and serve
 * each in its scope. The first that listens does so where the platform expects the deployment.
 *
 * The place is `emit`, which every request passes, whoever made the server and however its listeners came there. Servers of
 * `node:http2` are refused: their streams pass elsewhere.
 */
export function serveEachServer(): void {
  for (const { prototype } of [http.Server, https.Server]) {
    prototype.emit = admitting(prototype.emit as Emit)
    prototype.listen = listenAtAddress(prototype.listen)
  }
  subscribe('tracing:fastify.request.handler:start', readFastifyRoute)
  refuseHttp2()
  stopWithPlatform(() => Promise.all([...servers].map(closeServer)))
}

function admitting(emit: Emit): Emit {
  return function (event, ...args) {
    if (isOperatorServer(this)) return emit.call(this, event, ...args)
    switch (event) {
      // INVARIANT: no context, no data. Nothing of the service hears of a request that has no valid token.
      case 'request':
      case 'checkContinue':
      case 'checkExpectation':
        serveRequest((...given) => emit.call(this, event, ...given), args)
        return true
      case 'upgrade':
      case 'connect':
        serveSocket((...given) => emit.call(this, event, ...given), args)
        return true
      case 'listening':
        servers.add(this)
        main ??= this
        if (main === this) process.send?.({ type: 'ready' })
    }
    return emit.call(this, event, ...args)
  }
}

function serveRequest(listener: (...args: unknown[]) => unknown, args: unknown[]): void {
  served ??= describeService()
  serveInScope({ ...served, listener })(...(args as Parameters<RequestListener>))
}

function describeService(): Omit<ServedService, 'listener'> {
  const runtime = requireRuntime()
  return {
    runtime,
    // Handlers of events are registered: a service without an edit has none.
    events: new EventHandlers(runtime, {}),
    routeOf: (request) => fastifyRoutes.get(request) ?? patternOf(request),
  }
}

function serveSocket(listener: (...args: unknown[]) => unknown, args: unknown[]): void {
  void serveUpgrade(requireRuntime(), listener, ...(args as [IncomingMessage, Duplex, Buffer]))
}

function readFastifyRoute(message: unknown): void {
  const { request, route } = message as { request: { raw: IncomingMessage }; route: { url: string } }
  fastifyRoutes.set(request.raw, route.url)
}

/** The service's main server is where the platform looks for it, whatever port the code has. */
function listenAtAddress(listen: Server['listen']): Server['listen'] {
  return function (this: Server, ...args: unknown[]) {
    const { HOST: host, PORT: port } = process.env
    if (isOperatorServer(this) || main || !process.channel || !host || !port)
      return Reflect.apply(listen, this, args)
    main = this
    const { path: _, ...options } = (typeof args[0] === 'object' ? (args[0] ?? {}) : {}) as ListenOptions
    const callback = args.find((arg) => typeof arg === 'function') as (() => void) | undefined
    return listen.call(this, { ...options, host, port: Number(port) }, callback)
  } as Server['listen']
}

function refuseHttp2(): void {
  const refuse = () => {
    throw new TenantryError('REGISTER_HTTP2', 'a server of `node:http2` has no scopes', {
      help: 'serve HTTP/1.1 here, and let the load balancer speak HTTP/2 to clients',
    })
  }
  Object.assign(http2, { createServer: refuse, createSecureServer: refuse })
  syncBuiltinESMExports()
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
