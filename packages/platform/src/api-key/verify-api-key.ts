import { TenantryError } from '@tenantry/context'
import { apiKeySubject, type Directory, hashApiKey, isApiKey } from '@tenantry/routing'
import { tenantChoiceRefused } from '../access-token/choose-tenant.ts'
import type { AccessTokenClaims } from '../access-token/verify-access-token.ts'

/**
 * What a key says of its bearer, for its one tenant; `choice` has to be that. Nothing is remembered: one that was revoked is refused as
 * soon as the directory says so.
 * Throws `API_KEY_INVALID` (401), the same for one that is malformed, unknown, expired or revoked, `TENANT_CHOICE_REFUSED` (403),
 * or `DIRECTORY_NOT_READY` (503) before the control plane told of any.
 */
export function verifyApiKey(directory: Directory, key: string, choice?: string): AccessTokenClaims {
  if (!directory.ready) throw notReady()
  const known = isApiKey(key) ? directory.liveApiKeyOf(hashApiKey(key)) : undefined
  if (!known) throw apiKeyInvalid()
  const { id, tenant, role, expiresAtMs } = known
  if (choice !== undefined && choice !== tenant) throw tenantChoiceRefused()
  const subject = apiKeySubject(id)
  return {
    tenant,
    issuer: subject,
    subject,
    role: role ?? undefined,
    expiresAtMs: expiresAtMs ?? Number.POSITIVE_INFINITY,
  }
}

/** The error for what is no key that is good now. It does not tell why. */
export function apiKeyInvalid(): TenantryError {
  return new TenantryError('API_KEY_INVALID', 'the API key is not valid', {
    status: 401,
    help: 'an operator can make one with `tenantry key create`, and sees which there are with `tenantry key list`',
  })
}

function notReady(): TenantryError {
  return new TenantryError('DIRECTORY_NOT_READY', 'the keys are not known yet', {
    status: 503,
    help: 'try again in a second; if it stays so, see whether the control plane runs',
  })
}
