import { TenantryError } from '@tenantry/context'
import type { TenantryConfig } from '@tenantry/routing'

/**
 * Finds the secret of the console's client in the environment; `undefined` where none is declared. Throws `OPERATORS_SECRET`, naming
 * the variable.
 */
export function readConsoleSecret(
  { operators }: Pick<TenantryConfig, 'operators'>,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const name = operators?.clientSecretFrom
  if (name === undefined || env[name]) return name && env[name]
  throw new TenantryError('OPERATORS_SECRET', `\`${name}\` of the environment is not set`, {
    help: 'set it to the secret of the console’s client, as `operators.clientSecretFrom` of tenantry.config.ts names it',
  })
}
