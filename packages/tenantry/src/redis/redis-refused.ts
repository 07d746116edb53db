import { TenantryError } from '@tenantry/context'

/** `REDIS_REFUSED`: what cannot be kept to one tenant's keys, by name, and the mend. */
export function refuse(command: string, fact: string, help: string): TenantryError {
  return new TenantryError('REDIS_REFUSED', `\`${command}\` ${fact}`, { help })
}
