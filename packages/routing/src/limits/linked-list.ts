/** One place of a list; `remove` takes it out. */
export interface LinkedNode<T> {
  readonly value: T
  previous: LinkedNode<T> | undefined
  next: LinkedNode<T> | undefined
}

/** A list that is added to at its end, and from whose middle anything is taken in constant time. */
export class LinkedList<T> {
  #first: LinkedNode<T> | undefined
  #last: LinkedNode<T> | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): LinkedNode<T> | undefined {
    return this.#first
  }

  push(value: T): LinkedNode<T> {
    const node: LinkedNode<T> = { value, previous: this.#last, next: undefined }
    if (this.#last) this.#last.next = node
    else this.#first = node
    this.#last = node
    this.#size++
    return node
  }

  /** Takes a node of this list out, once. */
  remove({ previous, next }: LinkedNode<T>): void {
    if (previous) previous.next = next
    else this.#first = next
    if (next) next.previous = previous
    else this.#last = previous
    this.#size--
  }
}
