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

/** A connection is used by work that it was not checked out for. */
export function otherScope(): TenantryError {
  return new TenantryError('LEASE_OTHER_SCOPE', 'this connection was checked out in another scope', {
    help: 'check out a connection in the request that uses it, await its statements, and release it there',
  })
}

/** Throws `COPY_FROM`, which row-level security refuses, and `COPY_OUTSIDE_TRANSACTION`. */
export function requireCopyable(text: string, status: string | null): void {
  if (/\bfrom\s+stdin\b/i.test(text)) {
    throw new TenantryError('COPY_FROM', 'PostgreSQL copies nothing into a table with row-level security', {
      help: 'insert many rows at once: `insert into … select * from unnest($1::text[], …)`',
    })
  }
  if (status !== 'T') {
    throw new TenantryError('COPY_OUTSIDE_TRANSACTION', 'a copy needs a transaction that holds its lease', {
      help: 'run `begin`, await it, then copy',
    })
  }
}
