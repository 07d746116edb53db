import { TenantryError } from '@tenantry/context'
import type { Step } from './exchange.ts'

/** Refuses `TRACE`, whose answer is the request with our token in it (RFC 9110, 9.3.8). Throws `METHOD_REFUSED` (405). */
export const refuseMethod: Step = (_gateway, { received }) => {
  if (received.method !== 'TRACE') return
  throw new TenantryError('METHOD_REFUSED', '`TRACE` is not forwarded', {
    status: 405,
    help: 'follow the request by its `x-request-id` instead',
  })
}
