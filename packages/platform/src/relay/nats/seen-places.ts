/** Which places of the stream are known here, so that what another relay stored is noticed. */
export class SeenPlaces {
  readonly #beyond = new Set<number>()
  #upTo: number | undefined
  #checkedUpTo: number | undefined

  /** False until `startAt`. */
  get started(): boolean {
    return this.#upTo !== undefined
  }

  /** The first place of which nothing may be known. */
  get firstUnknown(): number {
    return (this.#upTo ?? 0) + 1
  }

  has(seq: number): boolean {
    return seq < this.firstUnknown || this.#beyond.has(seq)
  }

  /** Everything up to `seq` is known. */
  startAt(seq: number): void {
    this.#upTo = seq
    this.#checkedUpTo = undefined
    for (const one of this.#beyond) if (one <= seq) this.#beyond.delete(one)
    this.#advance()
  }

  /** A place is known. */
  add(seq: number): void {
    if (seq <= (this.#upTo ?? 0)) return
    this.#beyond.add(seq)
    this.#advance()
  }

  /** True when the stream's last place comes before what is known: it is another stream. */
  isBefore(lastSeq: number): boolean {
    return lastSeq < (this.#upTo ?? 0)
  }

  /** True when something before `lastSeq` is still not known that was not at the last check either. */
  misses(lastSeq: number): boolean {
    const same = this.#checkedUpTo === this.#upTo
    this.#checkedUpTo = this.#upTo
    return same && lastSeq > (this.#upTo ?? 0)
  }

  #advance(): void {
    while (this.#upTo !== undefined && this.#beyond.delete(this.#upTo + 1)) this.#upTo++
  }
}
