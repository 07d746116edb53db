/**
 * The adapter for `node:http`, and what every host's own server takes besides requests.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { EventHandlers, type TenantryOptions } from './requests/event-handlers.ts'
import { createService, type Service } from './requests/service.ts'
import { requireRuntime } from './runtime/require-runtime.ts'

export type { EventHandler, TenantryOptions } from './requests/event-handlers.ts'
export { keepInScope } from './requests/keep-in-scope.ts'
export { onUpgrade, type UpgradeHandler } from './requests/on-upgrade.ts'
export type { ListenOptions, Service } from './requests/service.ts'

/** A listener of `node:http`, which may be asynchronous. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => unknown

/**
 * Makes a listener of `node:http` a multi-tenant service: every request needs exactly one valid transaction token (401
 * otherwise) and is handled in the scope of its tenant; a silo refuses other tenants (421). It takes deliveries for
 * `onEvent`, counts requests, and ends with the platform. What the listener throws or rejects with is answered with code,
 * message and request id; an error with a `statusCode` below 500 with that and its own message. Throws `RUNTIME_MISSING`
 * outside a deployment.
 *
 * @example
 * const service = tenantry(async (request, response) => {
 *   const { rows } = await db.query('select * from notes')
 *   response.end(JSON.stringify(rows))
 * })
 * await service.listen({ host: process.env.HOST, port: Number(process.env.PORT) })
 */
export function tenantry(listener: NodeListener, options: TenantryOptions = {}): Service {
  const runtime = requireRuntime()
  return createService({ runtime, events: new EventHandlers(runtime, options), listener })
}
