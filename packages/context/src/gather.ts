/** What a gathered call is bounded by. */
export interface GatherOptions<Item> {
  /** How many items one call takes at most. */
  readonly itemsMax: number
  /** The size of one item, in the unit of `sizeMax`; nothing is bounded by size when it is left out. */
  readonly sizeOf?: (item: Item) => number
  /** What the items of one call come to at most; one that is larger by itself has a call of its own. */
  readonly sizeMax?: number
}

interface Waiting<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer | PromiseLike<Answer>) => void
  readonly reject: (error: unknown) => void
}

/**
 * Makes one call of many: the first item goes at once, and what is asked for while a call is under way waits and goes with
 * the next. So one that comes alone waits for nobody, and under load each call takes more. `call` answers for each item, in
 * their order; when it rejects, all of its items do.
 */
export function gather<Item, Answer>(
  call: (items: readonly Item[]) => Promise<readonly (Answer | Promise<Answer>)[]>,
  { itemsMax, sizeOf = () => 0, sizeMax = Number.POSITIVE_INFINITY }: GatherOptions<Item>,
): (item: Item) => Promise<Answer> {
  const waiting: Waiting<Item, Answer>[] = []
  let running = false

  function takeSome(): Waiting<Item, Answer>[] {
    let count = 0
    for (let size = 0; count < Math.min(waiting.length, itemsMax); count++) {
      size += sizeOf(waiting[count]?.item as Item)
      if (count > 0 && size > sizeMax) break
    }
    return waiting.splice(0, count)
  }

  async function run(): Promise<void> {
    running = true
    while (waiting.length > 0) {
      const some = takeSome()
      try {
        const answers = await call(some.map(({ item }) => item))
        for (const [at, { resolve }] of some.entries()) resolve(answers[at] as Answer | Promise<Answer>)
      } catch (error) {
        for (const { reject } of some) reject(error)
      }
    }
    running = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      // What is asked for in the same turn goes along.
      if (!running) {
        running = true
        queueMicrotask(run)
      }
    })
}
