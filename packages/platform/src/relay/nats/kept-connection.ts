import { connectNats, type NatsClient } from './connect-nats.ts'
import { EventStream } from './event-stream.ts'
import type { NatsAccess } from './nats-access.ts'

/** One connection to NATS for as long as a process needs it, made when it is first needed and again when it was ended. */
export class KeptConnection {
  readonly #access: NatsAccess
  readonly #name: string
  #client: Promise<NatsClient> | undefined
  #closed = false

  constructor(access: NatsAccess, name: string) {
    this.#access = access
    this.#name = name
  }

  /** The stream over it; rejects as `connectNats`, and the next call tries again. */
  async stream(): Promise<EventStream> {
    const current = this.#client
    const known = await current?.catch(() => undefined)
    // Of several that find it ended, one connects.
    if ((!known || known.connection.isClosed()) && this.#client === current) {
      if (this.#closed) throw new Error('the connection to NATS was closed')
      this.#client = connectNats(this.#access, this.#name)
    }
    const client = await this.#client
    if (!client) throw new Error('the connection to NATS was closed')
    return new EventStream(client)
  }

  async close(): Promise<void> {
    this.#closed = true
    const client = await this.#client?.catch(() => undefined)
    await client?.connection.close()
  }
}
