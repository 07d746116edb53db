import type { RunningSystem } from './running-system.ts'

/** How one request was answered, and when; status 0 for not at all. */
export interface LoadAnswer {
  readonly sentAtMs: number
  readonly atMs: number
  readonly status: number
  readonly code: unknown
}

/** Tenants that ask every service of the shop, one request after the other, until the load ends. */
export class Load {
  readonly #system: RunningSystem
  readonly #answers = new Map<string, LoadAnswer[]>()
  readonly #running: Promise<void>[] = []
  #ended = false

  constructor(system: RunningSystem) {
    this.#system = system
  }

  /** Begins one tenant's requests, among them orders of the product; settles when one of each was answered. */
  async begin(tenant: string, product: string): Promise<void> {
    const order = { name: 'under load', products: [product] }
    const asks = [
      () => this.#ask(tenant, 'GET', '/products'),
      () => this.#ask(tenant, 'GET', '/invoices'),
      () => this.#ask(tenant, 'POST', '/orders', order),
    ]
    await Promise.all(asks.map((ask) => ask()))
    this.#running.push(...asks.map((ask) => this.#goOn(ask)))
  }

  /** How the tenant's requests were answered, in the order of their answers. */
  answers(tenant: string): readonly LoadAnswer[] {
    return this.#answers.get(tenant) ?? []
  }

  async end(): Promise<void> {
    this.#ended = true
    await Promise.all(this.#running)
  }

  async #goOn(ask: () => Promise<void>): Promise<void> {
    while (!this.#ended) await ask()
  }

  async #ask(...request: Parameters<RunningSystem['call']>): Promise<void> {
    const tenant = String(request[0])
    const sentAtMs = performance.now()
    const answer = await this.#system.call(...request).catch(() => undefined)
    const answers = this.#answers.get(tenant) ?? []
    const [status, code] = answer ? [answer.status, answer.body.code] : [0, undefined]
    answers.push({ sentAtMs, atMs: performance.now(), status, code })
    this.#answers.set(tenant, answers)
  }
}
