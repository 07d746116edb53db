/** Gives each order a number that no other has within its tenant. */
export class OrderNumbers {
  #next = 1

  /** The first of `count` numbers in a row. */
  take(count: number): number {
    const first = this.#next
    this.#next += count
    return first
  }
}
