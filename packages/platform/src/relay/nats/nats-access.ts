import { TenantryError } from '@tenantry/context'
import type { TenantryConfig } from '@tenantry/routing'

/** How one process reaches NATS. */
export interface NatsAccess {
  readonly servers: readonly string[]
  readonly user?: string
  readonly password?: string
}

/** How each of the two that may reach NATS does: the relay works there, the control plane provisions. */
export interface NatsAccesses {
  readonly relay: NatsAccess
  readonly provisioner: NatsAccess
}

/**
 * Finds the credentials of NATS in the environment; `undefined` when events are kept in PostgreSQL. Throws
 * `EVENTS_CREDENTIALS`, naming the variable, when one is missing.
 */
export function readNatsAccesses(
  { events }: Pick<TenantryConfig, 'events'>,
  env: NodeJS.ProcessEnv,
): NatsAccesses | undefined {
  if (events.bus !== 'nats') return undefined
  const { servers, credentials } = events
  if (!credentials) return { relay: { servers }, provisioner: { servers } }
  const { userFrom, passwordFrom, provisionerUserFrom, provisionerPasswordFrom } = credentials
  const access = (user: string, password: string) => ({
    servers,
    user: requireVariable(user, env),
    password: requireVariable(password, env),
  })
  return {
    relay: access(userFrom, passwordFrom),
    provisioner: access(provisionerUserFrom, provisionerPasswordFrom),
  }
}

function requireVariable(name: string, env: NodeJS.ProcessEnv): string {
  const value = env[name]
  if (value) return value
  throw new TenantryError('EVENTS_CREDENTIALS', `\`${name}\` of the environment is not set`, {
    help: 'set it to the user or password for NATS, as `events.credentials` of tenantry.config.ts names it',
  })
}
