import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What became of many requests. */
export interface Served {
  /** How many there were of each status; 0 for a connection that broke. */
  readonly statuses: Map<number, number>
  /** How long each took that was answered with 200, in milliseconds. */
  readonly ms: number[]
}

/** What a sender sends: `GET` without a body, `POST` with one. */
export interface Sent {
  readonly url: string
  readonly token: string
  readonly body?: object
}

/** Sends one request of one tenant again and again, over connections that are kept. */
export class Sender {
  readonly served: Served = { statuses: new Map(), ms: [] }
  readonly #sent: Sent
  readonly #agent = new Agent({ keepAlive: true })

  constructor(sent: Sent) {
    this.#sent = sent
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
    const status = await this.#ask()
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (status === 200) ms.push(performance.now() - startedAtMs)
  }

  #ask(): Promise<number> {
    const { url, token, body } = this.#sent
    const method = body ? 'POST' : 'GET'
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
    return new Promise((resolve) => {
      request(url, { agent: this.#agent, headers, method }, (answer) => {
        answer
          .resume()
          .once('end', () => resolve(answer.statusCode ?? 0))
          .once('error', () => resolve(0))
      })
        .once('error', () => resolve(0))
        .end(body && JSON.stringify(body))
    })
  }
}
