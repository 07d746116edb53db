import { TenantryError } from '@tenantry/context'
import type { RedisCommand } from './redis-command.ts'

/** A connection that a blocking command can have for itself. */
export interface BlockingConnection {
  sendCommand(command: RedisCommand): unknown
  disconnect(): void
}

/**
 * Connections for commands that wait: each has one for as long as it waits, so it holds up nobody else's. Opened when
 * they are needed, up to `connectionsMax`; after that `send` throws `REDIS_BUSY` (503).
 */
export class BlockingConnections {
  readonly #open: () => BlockingConnection
  readonly #connectionsMax: number
  readonly #all = new Set<BlockingConnection>()
  readonly #idle: BlockingConnection[] = []

  constructor(open: () => BlockingConnection, connectionsMax: number) {
    this.#open = open
    this.#connectionsMax = connectionsMax
  }

  send(command: RedisCommand): unknown {
    const connection = this.#take()
    command.promise.then(
      () => this.#all.has(connection) && this.#idle.push(connection),
      // It may wait on where the service does not: the next command would wait for it.
      () => this.#end(connection),
    )
    return connection.sendCommand(command)
  }

  end(): void {
    for (const connection of this.#all) this.#end(connection)
  }

  #take(): BlockingConnection {
    const idle = this.#idle.pop()
    if (idle) return idle
    if (this.#all.size >= this.#connectionsMax) {
      const fact = `${this.#connectionsMax} commands wait in Redis already`
      throw new TenantryError('REDIS_BUSY', fact, {
        status: 503,
        help: 'try again later, or raise `blockingConnectionsMax`',
      })
    }
    const connection = this.#open()
    this.#all.add(connection)
    return connection
  }

  #end(connection: BlockingConnection): void {
    this.#all.delete(connection)
    connection.disconnect()
  }
}
