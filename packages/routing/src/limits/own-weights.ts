import { askControlPlane, type ControlPlane } from '../ask-control-plane.ts'

/** How many tenants one question names at most. */
export const weightsAskedMax = 500

interface Known {
  /** Undefined for a tenant that weighs what its tier says. */
  readonly weight: number | undefined
  readonly askedAtMs: number
}

const freshMs = 2_000
const gatherMs = 100
const entriesMax = 10_000

/**
 * What single tenants weigh by an operator's word, for a deployment of several. It asks the control plane of those that have work here
 * and of no others, all of a tenth of a second at once, and remembers the answer for 2 s. So a weight that changes holds within 2.2 s
 * while its tenant has work, and otherwise from 0.2 s after it begins. While the control plane is away, what was known last holds.
 */
export class OwnWeights {
  readonly #controlPlane: ControlPlane
  readonly #known = new Map<string, Known>()
  #wanted = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  constructor(controlPlane: ControlPlane) {
    this.#controlPlane = controlPlane
  }

  /** The tenant's own weight as far as it is known, without waiting; `undefined` for one that weighs what its tier says. */
  of(tenant: string): number | undefined {
    const known = this.#known.get(tenant)
    if (!known || performance.now() - known.askedAtMs >= freshMs) {
      this.#wanted.add(tenant)
      this.#askSoon()
    }
    return known?.weight
  }

  // One round at a time: while nobody answers, questions do not queue up.
  #askSoon(): void {
    this.#timer ??= setTimeout(() => void this.#askAll(), gatherMs).unref()
  }

  async #askAll(): Promise<void> {
    const wanted = [...this.#wanted]
    this.#wanted = new Set()
    // Until there is an answer the weight stays, and nobody asks again.
    for (const tenant of wanted) this.#remember(tenant, this.#known.get(tenant)?.weight)
    for (let at = 0; at < wanted.length; at += weightsAskedMax) {
      await this.#ask(wanted.slice(at, at + weightsAskedMax)).catch(() => undefined)
    }
    this.#timer = undefined
    if (this.#wanted.size > 0) this.#askSoon()
  }

  async #ask(tenants: readonly string[]): Promise<void> {
    const { status, body } = await askControlPlane(this.#controlPlane, {
      path: '/weights',
      body: { tenants },
    })
    if (status !== 200) return
    const weights = new Map(Object.entries((body as { weights: Readonly<Record<string, number>> }).weights))
    for (const tenant of tenants) this.#remember(tenant, weights.get(tenant))
  }

  #remember(tenant: string, weight: number | undefined): void {
    this.#known.delete(tenant)
    if (this.#known.size >= entriesMax) this.#known.delete(this.#known.keys().next().value ?? '')
    this.#known.set(tenant, { weight, askedAtMs: performance.now() })
  }
}
