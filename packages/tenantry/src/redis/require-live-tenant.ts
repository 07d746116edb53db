import { requireScope, TenantryError } from '@tenantry/context'

/**
 * The tenant of this code's scope. Throws `CONTEXT_MISSING` outside one, and when the work's token is over
 * `CONTEXT_CLOSED` or, where the work still runs, `CONTEXT_EXPIRED` (503).
 */
export function requireLiveTenant(): string {
  const { open, context } = requireScope()
  // INVARIANT: a tenant that was suspended meanwhile is served for as long as its token lives, and no longer.
  if (context.expiresAtMs > Date.now()) return context.tenant.id
  if (open) {
    throw new TenantryError('CONTEXT_EXPIRED', 'the token of this work has expired', {
      status: 503,
      help: 'split the work with events, or into pieces of less than an hour',
    })
  }
  throw new TenantryError('CONTEXT_CLOSED', 'the work of this tenant context is over', {
    help: 'finish what needs Redis before the answer is sent, or emit an event for it',
  })
}
