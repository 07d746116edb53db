/** How many requests of each tenant are under way. Constant time; a tenant without one is not remembered. */
export class ConcurrencyCounter {
  readonly #held = new Map<string, number>()

  /** How many tenants have a request under way. */
  get size(): number {
    return this.#held.size
  }

  /** How many requests of the tenant are under way. */
  of(tenant: string): number {
    return this.#held.get(tenant) ?? 0
  }

  /** Counts one more, unless there are `max` already. Every one that was counted is to `leave` once. */
  enter(tenant: string, max: number): boolean {
    const held = this.of(tenant)
    if (held >= max) return false
    this.#held.set(tenant, held + 1)
    return true
  }

  leave(tenant: string): void {
    const held = this.of(tenant)
    if (held > 1) this.#held.set(tenant, held - 1)
    else this.#held.delete(tenant)
  }
}
