import { TenantryError } from '@tenantry/context'
import type { FastifyRequest } from 'fastify'

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Refuses a request that names another host than this machine or the console's own: `HOST_REFUSED` (421). A page of a foreign name that
 * was made to lead to this address (DNS rebinding) says that name, so that its scripts reach nothing here, with or without a cookie.
 */
export function requireOwnHost({ host }: FastifyRequest, url: string): void {
  if (host === new URL(url).host || loopback.has(host.replace(/:\d+$/, ''))) return
  throw new TenantryError('HOST_REFUSED', 'the control plane does not answer under this name', {
    status: 421,
    help: 'ask it by `localhost`, or declare the name that you use as `operators.url` in tenantry.config.ts',
  })
}
