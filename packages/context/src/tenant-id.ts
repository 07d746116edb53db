import { TenantryError } from './errors.ts'

// The whole id is checked before any folding, so that `İ`, the Kelvin sign or `ﬁ` never become another id.
const slug = /^[a-z0-9](-?[a-z0-9])*$/

/** True for a slug `^[a-z0-9](-?[a-z0-9])*$` of 1 to 40 characters. */
export function isTenantId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 40 && slug.test(value)
}

/** Returns `value` when it is a tenant id; throws `TENANT_ID_INVALID` (400) when it is not. */
export function requireTenantId(value: unknown): string {
  if (isTenantId(value)) return value
  throw new TenantryError('TENANT_ID_INVALID', 'not a tenant id', {
    status: 400,
    help: 'use 1 to 40 lowercase letters, digits and single hyphens, such as `tenant-a`',
  })
}
