import { Client } from 'pg'

/** A PostgreSQL server and the role that may make databases and roles on it. */
export interface PostgresServer {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

/** What the control plane holds of the server's connections at once, besides its catalog's. */
export const sessionsMax = 8

/** Connections to one server's databases as the provisioning role: each for one piece of work, so many at once. */
export class ServerSessions {
  readonly #server: PostgresServer
  /** Databases of other servers, by name. */
  readonly #elsewhere: ReadonlyMap<string, string>
  readonly #waiting: (() => void)[] = []
  #free = sessionsMax

  constructor(server: PostgresServer, elsewhere: ReadonlyMap<string, string> = new Map()) {
    this.#server = server
    this.#elsewhere = elsewhere
  }

  /** Runs `work` on a connection of its own and closes it. Work that waits for other work in here can wait for ever. */
  async in<T>(database: string, work: (client: Client) => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await this.#connected(database, work)
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }

  async #connected<T>(database: string, work: (client: Client) => Promise<T>): Promise<T> {
    const connectionString = this.#elsewhere.get(database)
    const client = new Client({
      ...(connectionString === undefined ? { ...this.#server, database } : { connectionString }),
      connectionTimeoutMillis: 10_000,
      application_name: 'tenantry control plane',
    })
    // A connection that breaks rejects the query in flight; without a listener it would end the process as well.
    client.on('error', () => undefined)
    try {
      await client.connect()
      return await work(client)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}
