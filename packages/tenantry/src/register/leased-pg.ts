/**
 * What `import pg from 'pg'` gives in a process that was started with `tenantry/register`.
 * @module
 */
import { TenantryError } from '@tenantry/context'
import pg, { type PoolConfig } from 'pg'
import { Pool as OwnPool } from '../pg.ts'

/** What a service may say of its pool; where it connects, and as whom, the platform says. */
const ownOptions = [
  ...['max', 'min', 'maxUses', 'maxLifetimeSeconds', 'allowExitOnIdle', 'types', 'log', 'onConnect'],
  ...['idleTimeoutMillis', 'connectionTimeoutMillis', 'query_timeout', 'keepAlive'],
  ...['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'],
] as const satisfies readonly (keyof PoolConfig)[]

/** `pg`'s pool, on the deployment's database. */
export class Pool extends OwnPool {
  constructor(config: PoolConfig = {}) {
    super(Object.fromEntries(ownOptions.filter((name) => name in config).map((name) => [name, config[name]])))
  }
}

function refuse(name: string): never {
  throw new TenantryError('REGISTER_CLIENT', `\`new ${name}()\` of \`pg\` has no lease`, {
    help: 'use `new Pool()`, and `pool.connect()` for a connection of one request’s own',
  })
}

/** No connection outside a pool: there is nobody who would say whose turn it is. */
export class Client {
  constructor() {
    refuse('Client')
  }
}

/** Nor the protocol beneath one. */
export class Connection {
  constructor() {
    refuse('Connection')
  }
}

const leased = Object.create(pg, {
  Pool: { value: Pool, enumerable: true },
  Client: { value: Client, enumerable: true },
  Connection: { value: Connection, enumerable: true },
  native: { value: null, enumerable: true },
})

export const {
  types,
  defaults,
  Query,
  Result,
  TypeOverrides,
  DatabaseError,
  escapeIdentifier,
  escapeLiteral,
} = pg
export { leased as default, leased as 'module.exports' }
