import { AsyncResource } from 'node:async_hooks'
import { requireScope, type Scope } from '@tenantry/context'
import pg, { type ClientConfig, type Submittable } from 'pg'
import { StatementReader } from '../statement/statement-reader.ts'
import { type DriverClient, type DriverQuery, inOnePiece, setText, textOf } from './driver.ts'
import { hideTenantColumn } from './hide-tenant-column.ts'
import {
  deallocateText,
  forgetStatements,
  leaseStatement,
  resetStatement,
  resetText,
  sendBatch,
  sendFirst,
} from './lease-batch.ts'
import { cleanServerError, otherScope, requireCopyable } from './lease-error.ts'
import { OwnAnswers } from './own-answers.ts'
import { isOutdated, PreparedStatements } from './prepared-statements.ts'
import { dropsLease, leaseless, leavesLittle, readKeyword, transactional } from './statement-kind.ts'
import { signLease, type TenantKey } from './tenant-key.ts'

/** Where the pool gets the tenant key of a scope: a cached one, or one that has to be asked for. */
export interface TenantKeySource {
  /** The key must live for 10 s at least, or as long as the scope's own right to it. */
  tenantKey(scope: Scope): TenantKey | Promise<TenantKey>
}

/** What a leased client is made from. */
export interface LeasedClientConfig extends ClientConfig {
  tenantKeys: TenantKeySource
  /**
   * True behind a transaction pooler, for a database that is installed so: leases are then bound to no connection, and
   * no statement stays prepared.
   */
  pooler?: boolean
  /** What is known of the service's statements, shared by the clients of a pool. */
  statements?: StatementReader
}

const refreshMs = 10_000

/** A PostgreSQL connection on which every statement carries the lease of the scope that it was checked out in. */
export class LeasedClient extends pg.Client {
  readonly #tenantKeys: TenantKeySource
  readonly #pooler: boolean
  readonly #prepared = new PreparedStatements()
  readonly #answers: OwnAnswers
  readonly #statements: StatementReader
  readonly #leases = new WeakMap<TenantKey, string>()
  #scope: Scope | undefined
  #key: TenantKey | undefined
  #lastTenant: string | undefined
  /** What the running transaction was given; a key's leases differ by connection alone. */
  #leasedWith: TenantKey | undefined
  #preparing: Promise<void> | undefined
  /** What the last tenant's statements may have left. */
  #residue: 'none' | 'settings' | 'anything' = 'none'
  /** What has to run before the next transaction, in a batch of its own. */
  readonly #due = new Set<string>()
  /** A transaction was begun, and nothing has run in it. */
  #begun = false

  constructor(config: LeasedClientConfig) {
    super(config)
    this.#tenantKeys = config.tenantKeys
    this.#pooler = config.pooler ?? false
    this.#statements = config.statements ?? new StatementReader()
    this.#answers = new OwnAnswers(this.#driver.connection)
    this.query = this.#query.bind(this) as typeof this.query
    // A connection that breaks while it is checked out and idle: its next statement rejects, the process lives on.
    this.on('error', () => undefined)
  }

  /**
   * Binds this connection to a scope until it is released. When the tenant changes, everything that the last one
   * could have left is taken away before a statement runs: settings, held cursors, sequences' values, locks, listens;
   * and prepared statements, when it prepared any.
   */
  checkOut(scope: Scope): Promise<void> | undefined {
    const key = this.#tenantKeys.tenantKey(scope)
    const { id } = scope.context.tenant
    // INVARIANT: the database decides, and no connection carries one tenant's state into another's statement.
    const discarded = this.#lastTenant === id ? undefined : this.#discardResidue()
    this.#lastTenant = id
    const refreshed = this.#statements.refresh((text) => super.query(text))
    if (!(key instanceof Promise) && !discarded && !refreshed) {
      this.#scope = scope
      this.#key = key
      return undefined
    }
    // Together: a key is never there for any scope but its own.
    return Promise.all([key, discarded, refreshed]).then(([fresh]) => {
      this.#scope = scope
      this.#key = fresh
    })
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

  get #driver(): DriverClient {
    return this as unknown as DriverClient
  }

  #discardResidue(): Promise<void> | undefined {
    const residue = this.#residue
    this.#residue = 'none'
    if (residue === 'settings') this.#due.add(resetText)
    return residue === 'anything' ? super.query('discard all').then(() => this.#forget()) : undefined
  }

  #forget(): void {
    forgetStatements(this.#driver.connection)
    this.#prepared.clear()
  }

  #query(...args: unknown[]): unknown {
    const scope = this.#requireOwnScope()
    const { query, result } = createQuery(args)
    const { texts, leavesNothing } = this.#statements.read(textOf(query))
    const { callback, values } = query
    if (texts.length > 1 && callback && !values?.length) {
      this.#runEach(texts).then(
        (results) => callback(null, results),
        (error: Error) => callback(error, undefined),
      )
      return result
    }
    setText(query, texts[0] ?? '')
    this.#wrap(query, scope, leavesNothing)
    const key = this.#freshKey(scope)
    const isCopy = readKeyword(textOf(query)) === 'copy'
    if (isCopy || this.#preparing || key instanceof Promise) {
      // In order: a statement never overtakes one that waits for a key.
      const preparing = Promise.all([key, this.#preparing])
        .then(([fresh]) => (isCopy ? this.#sendCopy(query, scope, fresh) : this.#send(query, scope, fresh)))
        .catch((error: Error) => query.handleError(error, this.#driver.connection))
        .finally(() => {
          if (this.#preparing === preparing) this.#preparing = undefined
        })
      this.#preparing = preparing
    } else {
      this.#send(query, scope, key)
    }
    return result
  }

  /** Several statements in one text are one transaction, unless they say otherwise themselves. */
  async #runEach(texts: readonly string[]): Promise<unknown[]> {
    const controlled = texts.some((text) => leaseless.has(readKeyword(text)))
    const alone = !controlled && this.#driver.getTransactionStatus() === 'I'
    const results: unknown[] = []
    if (alone) await this.#query('begin')
    try {
      for (const text of texts) results.push(await this.#query(text))
      if (alone) await this.#query('commit')
      return results
    } catch (error) {
      if (alone) await this.#query('rollback')
      throw error
    }
  }

  #send(query: DriverQuery, scope: Scope, key: TenantKey): void {
    if (this.#scope !== scope) throw otherScope()
    this.#key = key
    super.query(query as unknown as Submittable)
  }

  // What is copied comes past the driver: the lease goes before it, and not in front of it.
  async #sendCopy(query: DriverQuery, scope: Scope, key: TenantKey): Promise<void> {
    requireCopyable(textOf(query), this.#driver.getTransactionStatus())
    if (this.#scope === scope && this.#leasedWith !== key) {
      const { text, values } = leaseStatement(this.#lease(key), { prepared: false })
      await super.query(text, values)
      this.#leasedWith = key
      this.#begun = false
    }
    this.#send(query, scope, key)
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

  #wrap(query: DriverQuery, scope: Scope, leavesNothing: boolean): void {
    const { submit, handleError } = query
    hideTenantColumn(query)
    const { handleRowDescription, handleDataRow, handleCommandComplete } = query
    let alone = false
    query.handleError = (error, connection) => {
      if (isOutdated(query, error)) {
        this.#due.add(deallocateText)
        // Nothing of it was done, and nothing before it is lost: it is prepared anew.
        if (alone) return this.#driver._queryQueue.unshift(query)
      }
      handleError.call(query, cleanServerError(error), connection)
    }
    // INVARIANT: a statement runs for the scope that asked, or not at all, however late its turn comes.
    query.submit = (connection) => {
      if (this.#scope !== scope) return otherScope()
      Object.assign(query, { handleRowDescription, handleDataRow, handleCommandComplete })
      alone = !alone && this.#driver.getTransactionStatus() === 'I'
      return inOnePiece(connection, () =>
        this.#submit(query, leavesNothing, () => submit.call(query, connection)),
      )
    }
  }

  /** Called when it is this statement's turn on the connection: now the transaction's state is known. */
  #submit(query: DriverQuery, leavesNothing: boolean, submit: () => unknown): unknown {
    const { connection } = this.#driver
    const status = this.#driver.getTransactionStatus()
    const keyword = readKeyword(textOf(query))
    const isFirst = status === 'I' || this.#begun
    this.#begun = status === 'I' && leaseless.has(keyword)
    if (isFirst) this.#leasedWith = undefined
    if (this.#pooler) this.#resetPooled(query, isFirst && !this.#begun)
    else this.#reset(status)
    if (!leavesNothing && !transactional.has(keyword)) this.#noteResidue(keyword)
    if (dropsLease.has(keyword)) this.#leasedWith = undefined
    const key = this.#key
    if (status === 'E' || leaseless.has(keyword) || !key) return submit()
    // Only the extended protocol has a Sync: in front of a simple query the lease would leave a transaction open.
    query.queryMode = 'extended'
    const send = this.#pooler ? submit : this.#prepared.take(query, connection, submit)
    if (this.#leasedWith !== key) {
      this.#leasedWith = key
      sendFirst(connection, this.#answers, leaseStatement(this.#lease(key), { prepared: !this.#pooler }))
    }
    return send()
  }

  #reset(status: string | null): void {
    if (status === 'I' && this.#due.size > 0) {
      sendBatch(this.#driver.connection, this.#answers, [...this.#due].join('; '))
      if (this.#due.has(deallocateText)) this.#forget()
      this.#due.clear()
    }
  }

  #noteResidue(keyword: string): void {
    this.#residue = leavesLittle.has(keyword) && this.#residue !== 'anything' ? 'settings' : 'anything'
    if (keyword === 'deallocate' || keyword === 'discard') this.#forget()
  }

  // Any session's settings may be there, at each transaction; and a reset of its own could come to another connection.
  #resetPooled(query: DriverQuery, isFirst: boolean): void {
    if (!isFirst) return
    query.queryMode = 'extended'
    sendFirst(this.#driver.connection, this.#answers, resetStatement)
  }

  #lease(key: TenantKey): string {
    const known = this.#leases.get(key)
    const lease = known ?? signLease(key, this.#pooler ? 0 : this.#driver.processID)
    if (known === undefined) this.#leases.set(key, lease)
    return lease
  }
}

/** Makes the driver's query object of whatever `query` was called with, and what the call returns. */
function createQuery(args: unknown[]): { query: DriverQuery; result: unknown } {
  const [config, values, callback] = args as [unknown, never, never]
  if (typeof (config as { submit?: unknown } | null)?.submit === 'function') {
    return { query: config as DriverQuery, result: config }
  }
  const query = new pg.Query(config as never, values, callback) as unknown as DriverQuery
  if (query.callback) {
    // The driver calls back from the socket's context: the caller's own is restored.
    query.callback = AsyncResource.bind(query.callback)
    return { query, result: undefined }
  }
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  query.callback = (error, result) => (error ? reject(error) : resolve(result))
  return { query, result: promise }
}
