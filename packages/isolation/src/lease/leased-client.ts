import { AsyncResource } from 'node:async_hooks'
import { requireScope, type Scope, TenantryError } from '@tenantry/context'
import pg, { type ClientConfig } from 'pg'
import { cleanServerError } from './lease-error.ts'
import {
  type DriverConnection,
  type DriverQuery,
  forgetStatements,
  hideTenantColumn,
  sendLease,
  swallowLeaseAnswer,
} from './lease-submit.ts'
import { signLease, type TenantKey } from './tenant-key.ts'

/** Where the pool gets the tenant key of a scope: a cached one, or one that has to be asked for. */
export interface TenantKeySource {
  /** The key must live for 10 s at least, or as long as the scope's own right to it. */
  tenantKey(scope: Scope): TenantKey | Promise<TenantKey>
}

/** What a leased client is made from. */
export interface LeasedClientConfig extends ClientConfig {
  tenantKeys: TenantKeySource
}

interface Driver {
  readonly connection: DriverConnection
  readonly processID: number
  readonly readyForQuery: boolean
  readonly _queryQueue: readonly unknown[]
  getTransactionStatus(): 'I' | 'T' | 'E' | null
}

// Statements that must not have anything in front of them, or need no lease.
const bare =
  /^\s*(begin|start|commit|end|rollback|abort|savepoint|release|set\s+transaction|set\s+constraints)\b/i
// Statements after which the transaction's lease may be gone.
const mayDropLease = /\b(rollback|reset|discard|set)\b/i
const refreshMs = 10_000
const statementUnknown = '26000'

/** A PostgreSQL connection on which every statement carries the lease of the scope that it was checked out in. */
export class LeasedClient extends pg.Client {
  readonly #tenantKeys: TenantKeySource
  #scope: Scope | undefined
  #key: TenantKey | undefined
  #lastTenant: string | undefined
  /** What the running transaction was given; a key's leases differ by connection alone. */
  #leasedWith: TenantKey | undefined
  #preparing: Promise<void> | undefined

  constructor(config: LeasedClientConfig) {
    super(config)
    this.#tenantKeys = config.tenantKeys
    this.query = this.#query.bind(this) as typeof this.query
    // A connection that breaks while it is checked out and idle: its next statement rejects, the process lives on.
    this.on('error', () => undefined)
  }

  /**
   * Binds this connection to a scope until it is released. When the tenant changes, everything that the last one
   * could have left is discarded first: settings, held cursors, prepared statements, locks, listens.
   */
  async checkOut(scope: Scope): Promise<void> {
    const key = await this.#tenantKeys.tenantKey(scope)
    const { tenant } = scope.context
    // INVARIANT: the database decides, and no connection carries one tenant's state into another's statement.
    if (this.#lastTenant !== undefined && this.#lastTenant !== tenant.id) {
      await super.query('discard all')
      forgetStatements(this.#driver.connection)
    }
    this.#lastTenant = tenant.id
    // Together: a key is never there for any scope but its own.
    this.#scope = scope
    this.#key = key
  }

  /**
   * Ends the binding. True when the connection may serve another scope: no transaction is open on it, and no statement
   * waits or runs that nobody awaited.
   */
  checkIn(): boolean {
    const { readyForQuery, _queryQueue: waiting } = this.#driver
    const idle = readyForQuery && waiting.length === 0 && !this.#preparing
    this.#scope = undefined
    this.#key = undefined
    this.#leasedWith = undefined
    return idle && this.#driver.getTransactionStatus() === 'I'
  }

  get #driver(): Driver {
    return this as unknown as Driver
  }

  #query(...args: unknown[]): unknown {
    const scope = this.#requireOwnScope()
    const { query, result } = createQuery(args)
    this.#wrap(query, scope)
    const key = this.#freshKey(scope)
    if (this.#preparing || key instanceof Promise) {
      // In order: a statement never overtakes one that waits for a key.
      const preparing = Promise.all([key, this.#preparing])
        .then(([fresh]) => this.#send(query, scope, fresh))
        .catch((error: Error) => query.handleError(error, this.#driver.connection as never))
        .finally(() => {
          if (this.#preparing === preparing) this.#preparing = undefined
        })
      this.#preparing = preparing
    } else {
      this.#send(query, scope, key)
    }
    return result
  }

  #send(query: DriverQuery, scope: Scope, key: TenantKey): void {
    if (this.#scope !== scope) throw otherScope()
    this.#key = key
    super.query(query)
  }

  #requireOwnScope(): Scope {
    const scope = requireScope()
    if (scope === this.#scope) return scope
    throw otherScope()
  }

  #freshKey(scope: Scope): TenantKey | Promise<TenantKey> {
    if (this.#key && this.#key.expiresAtMs - Date.now() > refreshMs) return this.#key
    return this.#tenantKeys.tenantKey(scope)
  }

  #wrap(query: DriverQuery, scope: Scope): void {
    const { submit, handleError } = query
    query.handleError = (error, connection) => {
      // A named statement whose parse failed in the lease's batch is not prepared, whatever the driver noted.
      if (query.name) delete this.#driver.connection.parsedStatements[query.name]
      if ((error as { code?: string }).code === statementUnknown) forgetStatements(this.#driver.connection)
      handleError.call(query, cleanServerError(error), connection)
    }
    // INVARIANT: a statement runs for the scope that asked, or not at all, however late its turn comes.
    query.submit = (connection) =>
      this.#scope === scope ? this.#submit(query, () => submit.call(query, connection)) : otherScope()
    hideTenantColumn(query)
  }

  /** Called when it is this statement's turn on the connection: now the transaction's state is known. */
  #submit(query: DriverQuery, submit: () => unknown): unknown {
    const status = this.#driver.getTransactionStatus()
    const text = query.text ?? ''
    if (status === 'I') this.#leasedWith = undefined
    const key = this.#key
    if (status === 'E' || bare.test(text) || !key || (status === 'T' && this.#leasedWith === key)) {
      if (mayDropLease.test(text)) this.#leasedWith = undefined
      return submit()
    }
    this.#leasedWith = status === 'T' && !mayDropLease.test(text) ? key : undefined
    // In front of a simple query the lease would leave a transaction open: only the extended protocol has a Sync.
    query.queryMode = 'extended'
    swallowLeaseAnswer(query)
    const { connection, processID } = this.#driver
    connection.stream.cork()
    try {
      sendLease(connection, signLease(key, processID))
      return submit()
    } finally {
      connection.stream.uncork()
    }
  }
}

function otherScope(): TenantryError {
  return new TenantryError('LEASE_OTHER_SCOPE', 'this connection was checked out in another scope', {
    help: 'check out a connection in the request that uses it, await its statements, and release it there',
  })
}

/** Makes the driver's query object of whatever `query` was called with, and what the call returns. */
function createQuery(args: unknown[]): { query: DriverQuery; result: unknown } {
  const [config, values, callback] = args as [unknown, never, never]
  if (typeof (config as { submit?: unknown } | null)?.submit === 'function') {
    return { query: config as DriverQuery, result: config }
  }
  const query = new pg.Query(config as never, values, callback) as unknown as DriverQuery & {
    callback?: (error: Error | null, result: unknown) => void
  }
  if (query.callback) {
    // The driver calls back from the socket's context: the caller's own is restored.
    query.callback = AsyncResource.bind(query.callback)
    return { query, result: undefined }
  }
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  query.callback = (error, result) => (error ? reject(error) : resolve(result))
  return { query, result: promise }
}
