import { TenantryError } from '@tenantry/context'
import { sqlStates } from '../database/isolation-roles.ts'

interface ServerError extends Error {
  code?: string
  where?: string
  internalQuery?: string
  internalPosition?: string
  detail?: string
}

const refusals: Record<string, { code: string; message: string; status: number; help: string }> = {
  [sqlStates.missing]: {
    code: 'LEASE_MISSING',
    message: 'the database was asked without a lease',
    status: 500,
    help: 'query through the pool of `tenantry/pg`, and leave the setting `tenantry.lease` alone',
  },
  [sqlStates.invalid]: {
    code: 'LEASE_INVALID',
    message: 'the database refused the lease',
    status: 500,
    help: 'see that this deployment connects as its own role to its own database',
  },
  [sqlStates.expired]: {
    code: 'LEASE_EXPIRED',
    message: 'the lease has expired',
    status: 503,
    help: 'finish the work while the request is open, or split it',
  },
  [sqlStates.revoked]: {
    code: 'TENANT_SUSPENDED',
    message: 'this tenant is suspended',
    status: 403,
    help: 'an operator can activate it with `tenantry tenant activate`',
  },
}

/**
 * What a caller gets to see of the server's error: the check's refusals by name, and any other without the members
 * that may quote a statement's parameters or another session's settings.
 */
export function cleanServerError(error: ServerError): Error {
  const refusal = refusals[isUnknownKey(error) ? sqlStates.invalid : (error.code ?? '')]
  if (refusal) return new TenantryError(refusal.code, refusal.message, refusal)
  for (const member of ['where', 'internalQuery', 'internalPosition'] as const) delete error[member]
  return error
}

// The check gets its key by the lease's `kid`: one that the database has not is PostgreSQL's own error.
function isUnknownKey({ code, message }: ServerError): boolean {
  return code === '42704' && message.startsWith('large object')
}
