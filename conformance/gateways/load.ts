import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'undici'
import type { GatewaysPlant } from './gateways-plant.ts'

/** What became of one request: the id that its answer had, or why there was none. */
export type Outcome = { readonly requestId: string; readonly status: number } | { readonly failed: string }

const pauseMs = 10

/** Users who ask one request after the other, each on a connection that is kept, until they are told to stop. */
export class Load {
  /** What became of each user's requests, in their order. */
  readonly outcomes: Outcome[][] = []
  readonly #users: Promise<void>[] = []
  readonly #token: string
  readonly #origin: string
  #stopping = false

  private constructor(plant: GatewaysPlant, token: string) {
    this.#token = token
    this.#origin = `http://127.0.0.1:${plant.port}`
  }

  /** Starts `kept` users, and `fresh` ones who ask each time on a connection of its own. */
  static async start(plant: GatewaysPlant, { kept, fresh }: { kept: number; fresh: number }): Promise<Load> {
    const load = new Load(plant, await plant.token())
    for (let user = 0; user < kept + fresh; user++) {
      const outcomes: Outcome[] = []
      load.outcomes.push(outcomes)
      load.#users.push(user < kept ? load.#ask(outcomes) : load.#askAnew(outcomes))
    }
    return load
  }

  get answered(): number {
    return this.outcomes.flat().length
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#users)
  }

  async #ask(outcomes: Outcome[]): Promise<void> {
    const client = new Client(this.#origin)
    while (!this.#stopping) outcomes.push(await this.#askOnce(client, outcomes.length))
    await client.close()
  }

  async #askAnew(outcomes: Outcome[]): Promise<void> {
    while (!this.#stopping) {
      const client = new Client(this.#origin)
      outcomes.push(await this.#askOnce(client, outcomes.length))
      await client.close()
    }
  }

  /** After a pause, so that the machine has time for the gateways too. Every other one is a POST, which nobody may send twice. */
  async #askOnce(client: Client, count: number): Promise<Outcome> {
    const sent = count % 2 === 0 ? { method: 'GET' as const } : { method: 'POST' as const, body: 'an order' }
    const path = count % 10 === 9 ? '/orders/slowly' : '/orders'
    const headers = { authorization: `Bearer ${this.#token}` }
    await sleep(pauseMs)
    try {
      const { statusCode, headers: answered, body } = await client.request({ ...sent, path, headers })
      await body.text()
      return { requestId: String(answered['x-request-id']), status: statusCode }
    } catch (error) {
      return { failed: `${(error as { code?: string }).code}: ${(error as Error).message}` }
    }
  }
}
