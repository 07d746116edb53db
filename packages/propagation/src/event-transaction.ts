import { TenantryError } from '@tenantry/context'

/** Which event it is. */
export interface EventIdentity {
  readonly id: string
  readonly source: string
}

/** A connection checked out of a pool; `query` is the driver's own. */
export interface TransactionClient<Query> {
  query: Query
  release(error?: Error | boolean): void
}

/** What connections come from, such as `pg`'s pool. */
export interface TransactionPool<Query> {
  connect(): Promise<TransactionClient<Query>>
}

type AnyQuery = (
  ...args: unknown[]
) => Promise<{ readonly rowCount?: number | null; readonly command?: string }>

/** The transaction of one event: it begins with its first statement, and its first row is the event's inbox row. */
export class EventTransaction<Query> {
  /** The driver's `query`, on the transaction's connection. Rejects with `EVENT_REPEATED` or `EVENT_OVER`. */
  readonly query: Query
  readonly #pool: TransactionPool<Query>
  readonly #event: EventIdentity
  #client: Promise<TransactionClient<Query>> | undefined
  #repeated = false
  #over = false

  constructor(pool: TransactionPool<Query>, event: EventIdentity) {
    this.#pool = pool
    this.#event = event
    this.query = ((...args: unknown[]) => this.#query(args)) as Query
  }

  /** True once it turned out that the event had been handled before. */
  get repeated(): boolean {
    return this.#repeated
  }

  /** Commits the effect; an event without one is noted too. Rejects with `EVENT_REPEATED` or `EVENT_ROLLED_BACK`. */
  async commit(): Promise<void> {
    const client = await this.#begun()
    this.#over = true
    const { command } = await run(client, 'commit')
    // After a failed statement PostgreSQL answers `commit` with ROLLBACK, and no error.
    if (command !== 'COMMIT') {
      throw new TenantryError(
        'EVENT_ROLLED_BACK',
        'a statement failed, so nothing of the handling was kept',
        {
          help: 'let the handler reject when a statement fails, or use a savepoint',
        },
      )
    }
    this.#client = undefined
    client.release()
  }

  async rollback(): Promise<void> {
    this.#over = true
    const client = await this.#client?.catch(() => undefined)
    this.#client = undefined
    if (!client) return
    await run(client, 'rollback').then(
      () => client.release(),
      (error: Error) => client.release(error),
    )
  }

  async #query(args: unknown[]): Promise<unknown> {
    if (this.#over) {
      throw new TenantryError('EVENT_OVER', 'the handling of this event is over', {
        help: 'await every statement before the handler returns',
      })
    }
    return run(await this.#begun(), ...args)
  }

  async #begun(): Promise<TransactionClient<Query>> {
    this.#client ??= this.#begin()
    const client = await this.#client
    if (!this.#repeated) return client
    throw new TenantryError('EVENT_REPEATED', 'this event was handled before', {
      help: 'let the handler reject: the delivery is answered as done',
    })
  }

  async #begin(): Promise<TransactionClient<Query>> {
    const client = await this.#pool.connect()
    try {
      await run(client, 'begin')
      // INVARIANT: nothing is done twice. This row waits for a handling that runs now, and commits with the effect.
      const { rowCount } = await run(
        client,
        'insert into inbox (source, event_id) values ($1, $2) on conflict do nothing',
        [this.#event.source, this.#event.id],
      )
      this.#repeated = rowCount === 0
      return client
    } catch (error) {
      await run(client, 'rollback').then(
        () => client.release(),
        () => client.release(true),
      )
      throw error
    }
  }
}

function run<Query>(client: TransactionClient<Query>, ...args: unknown[]): ReturnType<AnyQuery> {
  return (client.query as AnyQuery).apply(client, args)
}
