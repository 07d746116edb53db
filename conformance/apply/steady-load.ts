import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningSystem } from '../end-to-end/running-system.ts'

/** A request that was not answered as it should be: when, and how. */
export interface Failed {
  readonly path: string
  readonly status: number
  readonly told: string
}

const pauseMs = 60

/** Users of several tenants who read products and place orders, each one request after the other on kept connections, until they are told to stop. */
export class SteadyLoad {
  readonly failed: Failed[] = []
  answered = 0
  readonly #system: RunningSystem
  readonly #users: Promise<void>[]
  #stopping = false

  constructor(system: RunningSystem, products: Readonly<Record<string, string>>) {
    this.#system = system
    this.#users = Object.entries(products).flatMap(([tenant, product]) => [
      this.#goOn(tenant, 'GET', '/products'),
      this.#goOn(tenant, 'GET', `/products/${product}`),
      this.#goOn(tenant, 'POST', '/orders', { name: 'under load', products: [product] }),
    ])
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#users)
  }

  async #goOn(...[tenant, method, path, body]: Parameters<RunningSystem['call']>): Promise<void> {
    while (!this.#stopping) {
      const answer = await this.#system
        .call(tenant, method, path, body)
        .catch((error: Error) => ({ status: 0, body: String(error.cause ?? error) }))
      this.answered++
      if (answer.status !== 200)
        this.failed.push({ path, status: answer.status, told: JSON.stringify(answer.body) })
      await sleep(pauseMs)
    }
  }
}
