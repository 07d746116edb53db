import { TenantryError } from '@tenantry/context'
import type { TenantryConfig } from '@tenantry/routing'

/**
 * Finds the URL of the Redis in which gateways count together, in the environment; `undefined` where none is declared. Throws
 * `LIMITS_REDIS`, naming the variable and never its value.
 */
export function readRedisUrl(
  { limits }: Pick<TenantryConfig, 'limits'>,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const name = limits.redis?.urlFrom
  if (name === undefined) return undefined
  const url = env[name]
  if (url && isRedisUrl(url)) return url
  const fact = url ? 'is no URL of a Redis' : 'is not set'
  throw new TenantryError('LIMITS_REDIS', `\`${name}\` of the environment ${fact}`, {
    help: 'set it to `redis://user:password@host:port`, or `rediss://…` for TLS, as `limits.redis` of tenantry.config.ts names it',
  })
}

function isRedisUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== ''
}
