/** Thrown inside a family when it may send nothing more. */
export class BudgetSpent extends Error {}

/** How much may still be sent, and how long. Families share what is left evenly. */
export class Budget {
  readonly #requestsMax: number
  readonly #deadlineMs: number
  #spent = 0
  #familyEndsAt = 0
  #familyDeadlineMs = 0

  constructor(requestsMax: number, durationMaxMs: number) {
    this.#requestsMax = requestsMax
    this.#deadlineMs = Date.now() + durationMaxMs
  }

  get spent(): number {
    return this.#spent
  }

  /** The next family may take its share of what is left. */
  share(familiesLeft: number): void {
    this.#familyEndsAt = this.#spent + Math.ceil((this.#requestsMax - this.#spent) / familiesLeft)
    const now = Date.now()
    this.#familyDeadlineMs = now + (this.#deadlineMs - now) / familiesLeft
  }

  /** Throws `BudgetSpent`. */
  spend(): void {
    if (this.#spent >= this.#familyEndsAt || Date.now() >= this.#familyDeadlineMs) throw new BudgetSpent()
    this.#spent++
  }
}
