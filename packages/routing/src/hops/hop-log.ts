import type { EndingHop, Hop, HopAnswer } from './hop.ts'

/** How much a process keeps of its requests, and for how long. */
export interface HopLogBounds {
  /** In bytes; two buffers of half of it each. */
  readonly bytesMax: number
  readonly keepMs: number
}

const newline = 0x0a
const foundMax = 500

/**
 * The newest hops of one process, in its memory alone. To add one costs a line of JSON in a buffer, whatever is in it already; to find
 * some reads all of it, which only operators ask for. When the newer of two buffers is full, the older one is written over.
 */
export class HopLog {
  readonly #keepMs: number
  #newer: Generation
  #older: Generation

  constructor({ bytesMax, keepMs }: HopLogBounds) {
    this.#keepMs = keepMs
    const half = Math.floor(bytesMax / 2)
    this.#newer = new Generation(half)
    this.#older = new Generation(half)
  }

  /** Keeps one that ends now; one that is larger than a buffer is dropped. */
  add(hop: EndingHop, nowMs = Date.now()): void {
    const ms = tenths(hop.ms)
    const line = `${JSON.stringify({ ...hop, ms, atMs: tenths(nowMs - ms) })}\n`
    if (this.#newer.add(line) || !this.#older.holds(line)) return
    const full = this.#newer
    this.#newer = this.#older
    this.#older = full
    this.#newer.clear()
    this.#newer.add(line)
  }

  /** The hops of requests, events or traces with one of these ids, as they were added, 500 at most. */
  find(ids: readonly string[], nowMs = Date.now()): HopAnswer {
    const isKept = ({ atMs }: Hop) => atMs >= nowMs - this.#keepMs
    const generations = [this.#older, this.#newer]
    const hops = generations.flatMap((generation) => generation.find(ids)).filter(isKept)
    return { hops: hops.slice(0, foundMax), oldestAtMs: this.#oldestAtMs(nowMs) }
  }

  /** The hops that ended last, the newest first: of `tenant` alone, where one is named, and `limit` of them, 500 at most. */
  newest(
    { tenant, limit }: { readonly tenant?: string | undefined; readonly limit: number },
    nowMs = Date.now(),
  ): HopAnswer {
    const hops: Hop[] = []
    const sought = tenant === undefined ? undefined : `"tenant":${JSON.stringify(tenant)}`
    const keptSinceMs = nowMs - this.#keepMs
    for (const generation of [this.#newer, this.#older]) {
      for (const hop of generation.backwards(sought)) {
        // They lie as they ended: before one that is over, all are.
        if (!(hops.length < Math.min(limit, foundMax)) || hop.atMs + hop.ms < keptSinceMs) break
        if (hop.atMs >= keptSinceMs) hops.push(hop)
      }
    }
    return { hops, oldestAtMs: this.#oldestAtMs(nowMs) }
  }

  #oldestAtMs(nowMs: number): number | null {
    const first = [this.#older, this.#newer].find(({ isEmpty }) => !isEmpty)?.first()
    return first ? Math.max(first.atMs, nowMs - this.#keepMs) : null
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}

class Generation {
  readonly #bytes: Buffer
  #end = 0

  constructor(bytesMax: number) {
    // Pages that nothing was written to take no memory.
    this.#bytes = Buffer.allocUnsafeSlow(bytesMax)
  }

  get isEmpty(): boolean {
    return this.#end === 0
  }

  /** False when there is no room for it. */
  add(line: string): boolean {
    // A character takes 3 bytes at most, so that most lines need not be measured.
    const room = this.#bytes.length - this.#end
    if (line.length * 3 > room && Buffer.byteLength(line) > room) return false
    this.#end += this.#bytes.write(line, this.#end)
    return true
  }

  /** True when it is large enough for it. */
  holds(line: string): boolean {
    return Buffer.byteLength(line) <= this.#bytes.length
  }

  clear(): void {
    this.#end = 0
  }

  first(): Hop {
    return this.#read(0)
  }

  find(ids: readonly string[]): Hop[] {
    const found = new Map<number, Hop>()
    const written = this.#bytes.subarray(0, this.#end)
    for (const sought of ids.flatMap(propertiesOf)) {
      for (let at = written.indexOf(sought); at >= 0 && found.size < foundMax; ) {
        const begin = written.lastIndexOf(newline, at) + 1
        found.set(begin, this.#read(begin))
        at = written.indexOf(sought, written.indexOf(newline, at))
      }
    }
    return [...found].sort(([one], [other]) => one - other).map(([, hop]) => hop)
  }

  /** Those with the property `sought`, or all, from the last to the first. */
  *backwards(sought?: string): Generator<Hop> {
    const written = this.#bytes.subarray(0, this.#end)
    // Of a line that has what is sought, or of any line, its end.
    for (let at = written.length - 1; at >= 0; ) {
      const found = sought === undefined ? at : written.lastIndexOf(sought, at)
      if (found < 0) return
      const begin = found === 0 ? 0 : written.lastIndexOf(newline, found - 1) + 1
      yield this.#read(begin)
      at = begin - 1
    }
  }

  #read(begin: number): Hop {
    return JSON.parse(this.#bytes.toString('utf8', begin, this.#bytes.indexOf(newline, begin)))
  }
}

/** How a line has the id. Inside a text, the quotes would be escaped. */
function propertiesOf(id: string): string[] {
  const text = JSON.stringify(id)
  return [`"request":${text}`, ...(/^[\da-f]{32}$/.test(id) ? [`"trace":${text}`] : [])]
}
