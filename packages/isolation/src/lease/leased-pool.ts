import { AsyncResource } from 'node:async_hooks'
import {
  type CentralScope,
  readCentralScope,
  readScope,
  requireScope,
  type Scope,
  TenantryError,
} from '@tenantry/context'
import pg, { type PoolClient, type PoolConfig } from 'pg'
import type { Adopting } from '../adoption/adoption-witness.ts'
import { readCallSite } from '../adoption/read-call-site.ts'
import { StatementReader } from '../statement/statement-reader.ts'
import type { CentralAccess } from './central-access.ts'
import type { ConnectionTurns } from './connection-turns.ts'
import { LeasedClient, type LeasedClientConfig } from './leased-client.ts'

/** What a leased pool is made from: `pg`'s own options, and where tenant keys come from. */
export interface LeasedPoolConfig
  extends PoolConfig,
    Pick<LeasedClientConfig, 'tenantKeys' | 'pooler' | 'adopting' | 'observer'> {
  /** There for a deployment whose service was granted `central`: what answers central work, on connections of its own. */
  central?: CentralAccess | undefined
  /** There for a pool that several tenants share: whose turn it is. First come, first served without it. */
  turns?: ConnectionTurns | undefined
}

/** What runs statements: the pool, or a transaction's connection. */
export type Queryable = Pick<PoolClient, 'query'>

type ConnectCallback = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void

/**
 * A drop-in for `pg`'s `Pool` in which every statement acts for the tenant of its scope and the database makes sure
 * of it. Outside a scope, `query` and `connect` reject with `CONTEXT_MISSING` before anything reaches the network.
 * Statements reject with `LEASE_OTHER_SCOPE`, `LEASE_INVALID`, `LEASE_EXPIRED` or `TENANT_SUSPENDED` (403) besides
 * PostgreSQL's own errors.
 *
 * In central work the same pool reads every tenant's rows that this database holds, through a few connections of another role that
 * writes nothing. Statements are sent as they are written, one at a time; the tenant column is shown to those that name it. Without
 * `central` they reject with `CENTRAL_UNAVAILABLE`.
 *
 * With `adopting`, for a database that others' services still use, nothing is refused here: statements outside a scope, and
 * those for whose tenant there is no key, go without a lease, and the database decides for each table.
 */
export class LeasedPool extends pg.Pool {
  readonly #adopting: Adopting | undefined
  readonly #config: LeasedPoolConfig
  /** How many connections the work of a scope keeps until it gives them back, for those that keep one. */
  readonly #kept = new WeakMap<Scope, number>()
  #central: LeasedPool | undefined

  constructor(config: LeasedPoolConfig & Pick<LeasedClientConfig, 'centralKeys'>) {
    // Pipelined statements would be sent before it is known whose turn it is.
    const statements = new StatementReader()
    const { central: _, turns: __, ...own } = config
    super({ ...own, pipeline: false, statements, Client: LeasedClient as never } as PoolConfig)
    this.#adopting = config.adopting
    this.#config = config
    // An idle connection that the server ends is replaced by the next checkout.
    this.on('error', () => undefined)
    this.connect = this.#connect.bind(this) as typeof this.connect
    this.query = this.#query.bind(this) as typeof this.query
    this.end = this.#end.bind(this) as typeof this.end
  }

  /**
   * Runs `work` in one transaction: committed when it settles, rolled back when it rejects. A statement that `work` does
   * not await ends with the connection.
   */
  async transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T> {
    const client = await this.#begin({ keeps: true })
    let broken: Error | boolean = false
    try {
      await client.query('begin')
      const result = await work(client)
      await client.query('commit')
      return result
    } catch (error) {
      broken = await client.query('rollback').then(
        () => false,
        (cause: Error) => cause,
      )
      throw error
    } finally {
      client.release(broken)
    }
  }

  // INVARIANT: a saturated pool calls back from another request's context; this call's own is restored.
  #connect(callback?: ConnectCallback): Promise<PoolClient> | undefined {
    const checkedOut = this.#begin({ keeps: true })
    if (!callback) return checkedOut
    const bound = AsyncResource.bind(callback)
    checkedOut.then(
      (client) => bound(undefined, client, (error) => client.release(error)),
      (error: Error) => bound(error, undefined, () => undefined),
    )
    return undefined
  }

  #query(...args: unknown[]): Promise<unknown> | undefined {
    const callback = args.at(-1)
    if (typeof callback !== 'function') return this.#queryOnce(args)
    const answer = this.#queryOnce(args.slice(0, -1))
    const bound = AsyncResource.bind(callback as (error: Error | undefined, result?: unknown) => void)
    answer.then(
      (result) => bound(undefined, result),
      (error: Error) => bound(error),
    )
    return undefined
  }

  async #queryOnce(args: unknown[]): Promise<unknown> {
    const askedFrom = this.#adopting && readCallSite()
    const client = await this.#begin({ keeps: false })
    const { witness } = client as unknown as LeasedClient
    if (witness) witness.askedFrom = askedFrom
    try {
      return await client.query(...(args as [string]))
    } finally {
      client.release()
    }
  }

  /** A rejection, not an error that is thrown: as `pg` does. */
  async #begin({ keeps }: { keeps: boolean }): Promise<PoolClient> {
    const central = readCentralScope()
    // One that has ended says so by itself.
    if (central && !this.ending) return this.#centralPool().#checkOut(central)
    const scope = this.#scope()
    return scope ? this.#checkOutInTurn(scope, keeps) : this.#checkOut(undefined)
  }

  async #checkOutInTurn(scope: Scope, keeps: boolean): Promise<PoolClient> {
    // Work that keeps a connection and asks for another goes first: until it is answered, it gives back neither.
    const turn = this.#kept.has(scope) ? undefined : this.#config.turns?.take(scope.context.tenant)
    const leave = turn instanceof Promise ? await turn : turn
    if (keeps) this.#kept.set(scope, (this.#kept.get(scope) ?? 0) + 1)
    return this.#checkOut(scope, () => {
      leave?.()
      if (keeps) this.#giveBack(scope)
    })
  }

  #giveBack(scope: Scope): void {
    const left = (this.#kept.get(scope) ?? 1) - 1
    if (left > 0) this.#kept.set(scope, left)
    else this.#kept.delete(scope)
  }

  // Made when central work first asks: most pools never do.
  #centralPool(): LeasedPool {
    const { central: access, adopting: _, turns: __, max, ...config } = this.#config
    if (!access) throw unavailable()
    const { user, password, connections, keys } = access
    this.#central ??= new LeasedPool({
      ...{ ...config, user, password, centralKeys: keys },
      max: Math.min(max ?? connections, connections),
    })
    return this.#central
  }

  #end(callback?: () => void): Promise<void> | undefined {
    const ended = Promise.all([super.end(), this.#central?.end()]).then(() => undefined)
    if (!callback) return ended
    ended.then(callback, callback)
    return undefined
  }

  #scope(): Scope | undefined {
    if (!this.#adopting) return requireScope()
    const scope = readScope()
    if (!scope) this.#report('no-scope')
    return scope
  }

  #report(kind: 'no-scope' | 'no-key'): void {
    this.#adopting?.report({ kind, table: undefined, loud: false, callSite: readCallSite() })
  }

  #checkOut(scope: Scope | CentralScope | undefined, onEnd?: () => void): Promise<PoolClient> {
    return new Promise((resolve, reject) => {
      super.connect((error, client) => {
        if (!client) {
          onEnd?.()
          return reject(error)
        }
        const leased = client as unknown as LeasedClient
        const { release } = client
        client.release = (broken) => {
          // INVARIANT: given back in whatever way, a connection is no longer its scope's. What was left open ends with it.
          const reusable = leased.checkIn()
          release(broken || !reusable)
          onEnd?.()
        }
        const waiting = scope ? leased.checkOut(scope) : leased.checkOutOpen()
        if (!waiting) return resolve(client)
        waiting
          .catch((cause: Error) => {
            if (!this.#adopting) throw cause
            this.#report('no-key')
            return leased.checkOutOpen()
          })
          .then(
            () => resolve(client),
            (cause: Error) => {
              client.release(true)
              reject(cause)
            },
          )
      })
    })
  }
}

function unavailable(): TenantryError {
  return new TenantryError('CENTRAL_UNAVAILABLE', 'this deployment has no role for central work', {
    status: 503,
    help: 'grant the service `central` in tenantry.config.ts, and deploy it again',
  })
}
