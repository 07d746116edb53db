/**
 * What a service imports besides its host's adapter (`tenantry/fastify`) and its driver (`tenantry/pg`).
 * @module
 */
export {
  isTenantryError,
  readContext,
  requireContext,
  type TenantContext,
  TenantryError,
} from '@tenantry/context'
export { count, type LogFields, logFields, tenantSpans } from '@tenantry/metrics'
export { type EmitOptions, emit, type ReceivedEvent } from '@tenantry/propagation'
