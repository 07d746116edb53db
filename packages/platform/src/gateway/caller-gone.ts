import { TenantryError } from '@tenantry/context'

/** The error for a caller that is not there any more, which only the log sees. */
export function callerGone(cause?: unknown): TenantryError {
  return new TenantryError('CALLER_GONE', 'the caller went away before it was answered', {
    status: 499,
    help: 'nothing is wrong here; see the caller’s own timeout',
    cause,
  })
}
