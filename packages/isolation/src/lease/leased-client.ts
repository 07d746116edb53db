import { Scope } from '@tenantry/context'
import pg, { type ClientConfig, type Submittable } from 'pg'
import { type Adopting, AdoptionWitness } from '../adoption/adoption-witness.ts'
import type { TenantKey } from '../database/tenant-key.ts'
import { StatementReader } from '../statement/statement-reader.ts'
import { namesTenantColumn } from './central-access.ts'
import { createQuery } from './create-query.ts'
import { type DriverClient, type DriverQuery, setText, textOf } from './driver.ts'
import { hideTenantColumn } from './hide-tenant-column.ts'
import { reseedText } from './lease-batch.ts'
import { cleanServerError, otherScope, requireCopyable } from './lease-error.ts'
import { holderOf, type LeaseKeys, type LeaseScope, leaseKeyOf, requireLeaseScope } from './lease-scope.ts'
import { isOutdated } from './prepared-statements.ts'
import { readKind, transactional } from './statement-kind.ts'
import { observeStatement, type StatementObserver } from './statement-observer.ts'
import { StatementSender } from './statement-sender.ts'

/** What a leased client is made from. */
export interface LeasedClientConfig extends ClientConfig, LeaseKeys {
  /**
   * True behind a transaction pooler, for a database that is installed so: leases are then bound to no connection, and
   * no statement stays prepared.
   */
  pooler?: boolean
  /** What is known of the service's statements, shared by the clients of a pool. */
  statements?: StatementReader
  adopting?: Adopting | undefined
  /** There where somebody adds up what tenants ask of the database. */
  observer?: StatementObserver | undefined
}

const refreshMs = 10_000

/** A PostgreSQL connection on which every statement carries the lease of the scope that it was checked out in. */
export class LeasedClient extends pg.Client {
  readonly #keys: LeaseKeys
  readonly #statements: StatementReader
  readonly #sender: StatementSender
  readonly #observer: StatementObserver | undefined
  #scope: LeaseScope | undefined
  #lastHolder: string | undefined
  #preparing: Promise<void> | undefined
  /** Checked out for no scope: the database decides for each table. */
  #isOpen = false
  /** Only while the database is adopted. */
  readonly witness: AdoptionWitness | undefined

  constructor(config: LeasedClientConfig) {
    super(config)
    this.#keys = { tenantKeys: config.tenantKeys, centralKeys: config.centralKeys }
    this.#statements = config.statements ?? new StatementReader()
    this.#sender = new StatementSender(this.#driver, { pooler: config.pooler ?? false })
    this.#observer = config.observer
    this.query = this.#query.bind(this) as typeof this.query
    this.witness = config.adopting && new AdoptionWitness(config.adopting)
    if (this.witness) this.on('notice', (notice) => this.witness?.noteNotice(notice))
    // A connection that breaks while it is checked out and idle: its next statement rejects, the process lives on.
    this.on('error', () => undefined)
  }

  /**
   * Binds this connection to a scope until it is released. When the tenant changes, everything that the last one
   * could have left is taken away before a statement runs: settings, held cursors, sequences' values, locks, listens;
   * and prepared statements, when it prepared any. So it is between one central work and the next. Returns what to wait
   * for, if there is something.
   */
  checkOut(scope: LeaseScope): Promise<void> | undefined {
    const key = leaseKeyOf(this.#keys, scope)
    const holder = holderOf(scope)
    // INVARIANT: the database decides, and no connection carries one tenant's state into another's statement.
    const hasToDiscard = this.#lastHolder !== holder && this.#sender.changeTenant()
    const discarded = hasToDiscard ? this.#discard() : undefined
    this.#lastHolder = holder
    // Central work knows of the tenant column: its statements are sent as they are written.
    const refreshed = this.#keys.centralKeys
      ? undefined
      : this.#statements.refresh((text) => this.#queryUnleased(text))
    if (!(key instanceof Promise) && !discarded && !refreshed) return this.#bind(scope, key)
    // All of it, also when there is no key: nothing is left running for whoever comes next.
    return Promise.allSettled([key, discarded, refreshed]).then(([fresh, ...others]) => {
      others.forEach(requireSettled)
      return this.#bind(scope, requireSettled(fresh))
    })
  }

  /**
   * Takes the binding away for work outside every scope, in a database that was adopted: statements go as they are, without
   * a lease, and tables that are enforced refuse them. Returns what to wait for, if there is something.
   */
  checkOutOpen(): Promise<void> | undefined {
    const hasToDiscard = this.#lastHolder !== undefined && this.#sender.changeTenant()
    this.#lastHolder = undefined
    this.#isOpen = true
    return hasToDiscard ? this.#discard() : undefined
  }

  /**
   * Ends the binding. True when the connection may serve another scope: no transaction is open on it, and no statement
   * waits or runs that nobody awaited.
   */
  checkIn(): boolean {
    const { readyForQuery, _queryQueue: waiting } = this.#driver
    const idle = readyForQuery && waiting.length === 0 && !this.#preparing
    this.#scope = undefined
    this.#isOpen = false
    if (this.witness) this.witness.askedFrom = undefined
    this.#sender.clear()
    return idle && this.#driver.getTransactionStatus() === 'I'
  }

  get #driver(): DriverClient {
    return this as unknown as DriverClient
  }

  // Together: a key is never there for any scope but its own.
  #bind(scope: LeaseScope, key: TenantKey): undefined {
    this.#scope = scope
    this.#sender.key = key
  }

  // By none of the settings that a tenant may have left: a search path would say which tables are the service's.
  async #queryUnleased(text: string): Promise<pg.QueryResult> {
    await super.query('reset all')
    return super.query(text)
  }

  async #discard(): Promise<void> {
    await super.query('discard all')
    await super.query(reseedText)
    this.#sender.forgetPrepared()
  }

  #query(...args: unknown[]): unknown {
    this.witness?.noteStatement()
    if (this.#isOpen) return this.#queryOpen(args)
    const scope = this.#requireOwnScope()
    const { query, result } = createQuery(args)
    // Names that begin so are the pool's own: what runs under them runs for every tenant.
    if (query.name?.startsWith('tenantry ')) delete query.name
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
    this.#enqueue(query, scope)
    return result
  }

  #queryOpen(args: unknown[]): unknown {
    const { query, result } = createQuery(args)
    const { handleError } = query
    query.handleError = (error, connection) => handleError.call(query, cleanServerError(error), connection)
    this.#sender.leaveAnything()
    super.query(query as unknown as Submittable)
    return result
  }

  #enqueue(query: DriverQuery, scope: LeaseScope): void {
    const key = this.#freshKey(scope)
    const isCopy = readKind(textOf(query)).keyword === 'copy'
    if (!isCopy && !this.#preparing && !(key instanceof Promise)) {
      this.#send(query, scope, key)
      return
    }
    // In order: a statement never overtakes one that waits for a key.
    const preparing = Promise.all([key, this.#preparing])
      .then(([fresh]) => (isCopy ? this.#sendCopy(query, scope, fresh) : this.#send(query, scope, fresh)))
      .catch((error: Error) => query.handleError(error, this.#driver.connection))
      .finally(() => {
        if (this.#preparing === preparing) this.#preparing = undefined
      })
    this.#preparing = preparing
  }

  /** Several statements in one text are one transaction, unless they say otherwise themselves. */
  async #runEach(texts: readonly string[]): Promise<unknown[]> {
    const controlled = texts.some((text) => transactional.has(readKind(text).keyword))
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

  #send(query: DriverQuery, scope: LeaseScope, key: TenantKey | undefined): void {
    if (this.#scope !== scope) throw otherScope()
    this.#sender.key = key
    super.query(query as unknown as Submittable)
  }

  // What is copied comes past the driver: the lease goes ahead of it, and not in front of it.
  async #sendCopy(query: DriverQuery, scope: LeaseScope, key: TenantKey | undefined): Promise<void> {
    requireCopyable(textOf(query), this.#driver.getTransactionStatus())
    if (key && this.#scope === scope) await this.#sender.leaseAhead(key, (...lease) => super.query(...lease))
    this.#send(query, scope, key)
  }

  #requireOwnScope(): LeaseScope {
    const scope = requireLeaseScope()
    if (scope === this.#scope) return scope
    throw otherScope()
  }

  #freshKey(scope: LeaseScope): TenantKey | Promise<TenantKey | undefined> {
    const { key } = this.#sender
    if (key && key.expiresAtMs - Date.now() > refreshMs) return key
    const fresh = leaseKeyOf(this.#keys, scope)
    if (!this.witness || !(fresh instanceof Promise)) return fresh
    // As at the checkout: without one, the database decides.
    return fresh.catch(() => this.witness?.noteMissingKey())
  }

  #wrap(query: DriverQuery, scope: LeaseScope, leavesNothing: boolean): void {
    if (this.#observer && scope instanceof Scope)
      observeStatement(query, scope.context.tenant, this.#observer)
    const { submit, handleError } = query
    if (!this.#keys.centralKeys || !namesTenantColumn(textOf(query))) hideTenantColumn(query)
    const { handleRowDescription, handleDataRow, handleCommandComplete } = query
    let alone = false
    query.handleError = (error, connection) => {
      if (isOutdated(query, error)) {
        this.#sender.prepareAnew()
        // Nothing of it was done, and nothing before it is lost.
        if (alone) return this.#driver._queryQueue.unshift(query)
      }
      handleError.call(query, cleanServerError(error), connection)
    }
    // INVARIANT: a statement runs for the scope that asked, or not at all, however late its turn comes.
    query.submit = (connection) => {
      if (this.#scope !== scope) return otherScope()
      Object.assign(query, { handleRowDescription, handleDataRow, handleCommandComplete })
      alone = !alone && this.#driver.getTransactionStatus() === 'I'
      return this.#sender.send(query, { leavesNothing }, () => submit.call(query, connection))
    }
  }
}

function requireSettled<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason
  return settled.value
}
