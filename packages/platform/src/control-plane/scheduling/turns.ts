/** Work that takes turns by name: one piece after the other, whatever became of the one before. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Runs `work` when all earlier work of this name is over. */
  take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(work)
    const over = turn.then(
      () => undefined,
      () => undefined,
    )
    this.#last.set(name, over)
    void over.then(() => this.#last.get(name) === over && this.#last.delete(name))
    return turn
  }
}
