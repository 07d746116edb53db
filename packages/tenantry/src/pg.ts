/**
 * A drop-in for `pg`'s `Pool`, wired to the deployment's own database.
 * @module
 */
import { TenantryError } from '@tenantry/context'
import { LeasedPool } from '@tenantry/isolation/lease'
import type { PoolConfig } from 'pg'
import { createConnectionTurns } from './connection-turns.ts'
import { createAdoptionLog } from './runtime/adoption-log.ts'
import { requireRuntime } from './runtime/require-runtime.ts'

export type { Queryable } from '@tenantry/isolation'

const connectionsDefault = 5
const connectMaxMs = 5_000

/**
 * The deployment's database: every statement acts for the tenant of its scope, and PostgreSQL makes sure of it.
 * Address and credentials come from the platform; `config` may set what concerns the pool, such as a lower `max`
 * than the connections that the platform gives this deployment. They are opened when needed, and closed when idle (10 s); in a
 * deployment of several tenants each has its share of them by its weight, and what waits for longer than 5 s rejects with
 * `CONNECTIONS_BUSY` (503).
 * Throws `DATABASE_UNDECLARED` for a service without `migrations` in tenantry.config.ts; see `LeasedPool` for what
 * its methods reject with. Inside `runCentral` of `tenantry/work` the same pool reads every tenant's rows.
 *
 * `adopting` is for a database that `tenantry adopt` brought in and that is not wholly enforced yet: nothing is refused
 * before it reaches the database, and what would have been is logged with its place in the code. It is the default for a
 * service that `adopts` its database in tenantry.config.ts; take it out of your code once every table is enforced.
 */
export class Pool extends LeasedPool {
  constructor(
    config: Pick<
      PoolConfig,
      'max' | 'idleTimeoutMillis' | 'connectionTimeoutMillis' | 'statement_timeout'
    > & { adopting?: boolean } = {},
  ) {
    const { document, tenantKeys, central: centralKeys, adoption, usage, weightOf } = requireRuntime()
    if (!document.database) {
      throw new TenantryError('DATABASE_UNDECLARED', `\`${document.service}\` has no database`, {
        help: 'name its `migrations` in tenantry.config.ts',
      })
    }
    const { connections = connectionsDefault, adopted = false, url, central, ...address } = document.database
    const { adopting = adopted, connectionTimeoutMillis = connectMaxMs, ...options } = config
    const max = Math.min(config.max ?? connections, connections)
    super({
      ...{ ...options, connectionTimeoutMillis, max },
      // A silo's one tenant has all of it.
      ...(document.tenant === null && {
        turns: createConnectionTurns({ connections: max, waitMs: connectionTimeoutMillis, weightOf }),
      }),
      ...address,
      ...(url !== undefined && { connectionString: url }),
      ...{ tenantKeys, observer: usage?.statements },
      ...(central && { central: { ...central, keys: centralKeys } }),
      ...(adopting && { adopting: adoption?.log ?? createAdoptionLog() }),
    })
  }
}
