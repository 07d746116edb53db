import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What became of many requests. */
export interface Served {
  /** How many there were of each status; 0 for a connection that broke. */
  readonly statuses: Map<number, number>
  /** How long each took that was answered with 200, in milliseconds. */
  readonly ms: number[]
}

/** Sends `GET` requests of one tenant, over connections that are kept. */
export class Sender {
  readonly served: Served = { statuses: new Map(), ms: [] }
  readonly #url: string
  readonly #token: string
  readonly #agent = new Agent({ keepAlive: true })

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  /** Sends so many a second for so long, whatever becomes of those before; settles when all are answered. */
  async sendAtRate(perSecond: number, forMs: number): Promise<void> {
    const sent: Promise<void>[] = []
    const startedAtMs = performance.now()
    for (let elapsedMs = 0; elapsedMs < forMs; elapsedMs = performance.now() - startedAtMs) {
      while (sent.length < (elapsedMs * perSecond) / 1000) sent.push(this.#send())
      await sleep(5)
    }
    await Promise.all(sent)
  }

  /** Keeps so many requests under way for so long, each sent when the one before is answered. */
  async keepUnderWay(callers: number, forMs: number): Promise<void> {
    const endsAtMs = performance.now() + forMs
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (performance.now() < endsAtMs) await this.#send()
      }),
    )
  }

  close(): void {
    this.#agent.destroy()
  }

  async #send(): Promise<void> {
    const { statuses, ms } = this.served
    const startedAtMs = performance.now()
    const status = await this.#get()
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (status === 200) ms.push(performance.now() - startedAtMs)
  }

  #get(): Promise<number> {
    const headers = { authorization: `Bearer ${this.#token}` }
    return new Promise((resolve) => {
      get(this.#url, { agent: this.#agent, headers }, (answer) => {
        answer
          .resume()
          .once('end', () => resolve(answer.statusCode ?? 0))
          .once('error', () => resolve(0))
      }).once('error', () => resolve(0))
    })
  }
}
