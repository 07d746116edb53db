import { isTenantryError } from '@tenantry/context'

/**
 * What the log tells of an error: the code of one of ours with what caused it, in one line, and any other with its
 * stack. Nothing else an error carries is told: jose puts the token's claims there.
 */
export function describeFailure(failure: unknown): { code?: string; cause?: string } {
  if (failure === undefined) return {}
  if (!isTenantryError(failure)) {
    return { code: 'INTERNAL', cause: failure instanceof Error ? failure.stack : typeof failure }
  }
  const { code, cause } = failure
  if (!(cause instanceof Error)) return { code }
  return {
    code,
    cause: [cause.name, (cause as NodeJS.ErrnoException).code, cause.message].filter(Boolean).join(' '),
  }
}
