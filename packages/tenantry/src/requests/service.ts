import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { stopWithPlatform } from '../runtime/stop-with-platform.ts'
import type { EventHandler } from './event-handlers.ts'
import { type ServedService, serveInScope } from './serve-in-scope.ts'

/** Where a service listens. */
export interface ListenOptions {
  readonly host?: string | undefined
  readonly port: number
}

/** A multi-tenant service on a server of Node's own. */
export interface Service {
  /** The server, for `onUpgrade` and for what is set on it, such as timeouts. */
  readonly server: Server
  /**
   * Handles the events of a type that this service declares in `subscribes`, each with the effect of once. Calls to
   * other services may be made again when a delivery is repeated. Throws `EVENT_UNDECLARED`.
   */
  onEvent(type: string, handler: EventHandler): void
  /** Listens, tells the platform that the service is ready, and resolves with its origin. */
  listen(options: ListenOptions): Promise<string>
  /** Takes no more connections, and resolves when the open ones ended. */
  close(): Promise<void>
}

/** Makes a service that ends with the platform. */
export function createService(served: ServedService): Service {
  const server = createServer(serveInScope(served))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
  stopWithPlatform(close)
  return {
    server,
    onEvent: (type, handler) => served.events.add(type, handler),
    close,
    async listen({ host = 'localhost', port }) {
      server.listen(port, host)
      await once(server, 'listening')
      process.send?.({ type: 'ready' })
      const bound = server.address()
      const { address, family, port: boundPort } = bound as Exclude<typeof bound, string | null>
      return `http://${family === 'IPv6' ? `[${address}]` : address}:${boundPort}`
    },
  }
}
