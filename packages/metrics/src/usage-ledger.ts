import { randomUUID } from 'node:crypto'
import { durationBoundsMs, hourSeconds, type UsageReport, type UsageTotals } from './usage.ts'

/** One request or delivery that was answered. */
export interface AnsweredUsage {
  readonly status: number
  readonly limited: boolean
  readonly durationMs: number
  readonly bytesIn: number
  readonly bytesOut: number
}

type Totals = { -readonly [Figure in keyof UsageTotals]: UsageTotals[Figure] } & { durations: number[] }

/** One tenant's row of one hour. */
interface Entry {
  readonly hourS: number
  readonly tenant: string
  readonly totals: Totals
  /** Whether it is among those that have to be reported. */
  changed: boolean
  /** Its share of the processor time that is divided next. */
  work: number
}

/** Rows of hours that are over and could not be reported: about 100 MB of them, then the oldest are given up. */
const overMax = 250_000
/** The control plane takes none that is older. */
const ageMaxS = 24 * hourSeconds

/**
 * What a process adds up for its tenants, by hour. Adding costs a look-up and a few additions: nothing is allocated but once for a
 * tenant and hour. A row is kept while its hour lasts, and afterwards until it was reported; what is given up instead, because it could
 * not be reported for a day or is too much, is told by `dropped`.
 */
export class UsageLedger {
  /** Names this life of this process. */
  readonly epoch: string = randomUUID()
  readonly #overMax: number
  readonly #nowMs: () => number
  /** This hour's, by tenant. */
  readonly #entries = new Map<string, Entry>()
  #hourS = 0
  #hourEndsMs = 0
  /** What has to be reported, the oldest hours first. */
  #changed: Entry[] = []
  #worked: Entry[] = []
  #callers = new Map<string, number>()
  #dropped = 0

  constructor({
    overMax: most = overMax,
    nowMs = Date.now,
  }: { overMax?: number; nowMs?: () => number } = {}) {
    this.#overMax = most
    this.#nowMs = nowMs
  }

  /** How many rows were given up since it was asked last. */
  get dropped(): number {
    const dropped = this.#dropped
    this.#dropped = 0
    return dropped
  }

  /** Adds an answered request. */
  addRequest(tenant: string, { status, limited, durationMs, bytesIn, bytesOut }: AnsweredUsage): void {
    const { totals } = this.#change(tenant)
    totals.requests++
    if (status >= 500) totals.errors++
    if (limited) totals.limited++
    totals.durationMs += durationMs
    const bucket = bucketOf(durationMs)
    totals.durations[bucket] = (totals.durations[bucket] ?? 0) + 1
    totals.bytesIn += bytesIn
    totals.bytesOut += bytesOut
  }

  /** Adds bytes that belong to no request's body, such as a WebSocket's. */
  addBytes(tenant: string, bytesIn: number, bytesOut: number): void {
    const { totals } = this.#change(tenant)
    totals.bytesIn += bytesIn
    totals.bytesOut += bytesOut
  }

  /** Adds a statement that the database answered. */
  addStatement(tenant: string, ms: number, rows: number): void {
    const { totals } = this.#change(tenant)
    totals.statements++
    totals.databaseMs += ms
    totals.databaseRows += rows
  }

  /** Adds an event that was written, or handled. */
  addEvent(tenant: string, what: 'emitted' | 'delivered'): void {
    const { totals } = this.#change(tenant)
    if (what === 'emitted') totals.eventsEmitted++
    else totals.eventsDelivered++
  }

  /** Adds a request's sender: `outside`, or a workload that was verified. */
  addCaller(caller: string): void {
    this.#callers.set(caller, (this.#callers.get(caller) ?? 0) + 1)
  }

  /** Gives a tenant a share in the processor time that is divided next: as much as `work` is of all that is added until then. */
  addWork(tenant: string, work: number): void {
    const entry = this.#entry(tenant)
    if (entry.work === 0) this.#worked.push(entry)
    entry.work += work
  }

  /** Divides processor time of this process among those who had work since it was divided last; nobody is given what nobody used. */
  divideCpu(cpuMs: number): void {
    const worked = this.#worked
    this.#worked = []
    const total = worked.reduce((sum, { work }) => sum + work, 0)
    for (const entry of worked) {
      if (total > 0) {
        entry.totals.cpuMs += (cpuMs * entry.work) / total
        this.#note(entry)
      }
      entry.work = 0
    }
  }

  /** Takes what has to be reported out, in pieces of so many rows, the last of which says who sent requests; none when nothing changed. */
  collect(rowsMax: number): UsagePiece[] {
    this.#turn()
    const entries = this.#changed
    this.#changed = []
    const pieces: UsagePiece[] = []
    for (let at = 0; at < entries.length; at += rowsMax)
      pieces.push({ entries: entries.slice(at, at + rowsMax), callers: {} })
    if (this.#callers.size > 0) {
      const callers = Object.fromEntries(this.#callers)
      this.#callers = new Map()
      const last = pieces.pop()
      pieces.push({ entries: last?.entries ?? [], callers })
    }
    // From now on they may change again: what a piece says is read when it is sent.
    for (const entry of entries) entry.changed = false
    return pieces
  }

  /** The rows of a piece, as they are now. */
  rowsOf({ entries }: UsagePiece): UsageReport['rows'] {
    return entries.map(({ hourS, tenant, totals }) => ({ hourS, tenant, totals }))
  }

  /** Takes back what could not be reported: it is reported with what comes next. */
  putBack({ entries, callers }: UsagePiece): void {
    for (const entry of entries) this.#note(entry)
    for (const [caller, count] of Object.entries(callers))
      this.#callers.set(caller, (this.#callers.get(caller) ?? 0) + count)
    this.#bound()
  }

  #change(tenant: string): Entry {
    const entry = this.#entry(tenant)
    this.#note(entry)
    return entry
  }

  #note(entry: Entry): void {
    if (entry.changed) return
    entry.changed = true
    this.#changed.push(entry)
  }

  #entry(tenant: string): Entry {
    this.#turn()
    const known = this.#entries.get(tenant)
    if (known) return known
    const entry: Entry = { hourS: this.#hourS, tenant, totals: nothing(), changed: false, work: 0 }
    this.#entries.set(tenant, entry)
    return entry
  }

  /** Forgets the rows of an hour that is over, but for those that have to be reported. A clock that is set back stays in its hour. */
  #turn(): void {
    const nowMs = this.#nowMs()
    if (nowMs < this.#hourEndsMs) return
    this.#hourS = Math.floor(nowMs / 1000 / hourSeconds) * hourSeconds
    this.#hourEndsMs = (this.#hourS + hourSeconds) * 1000
    this.#entries.clear()
  }

  #bound(): void {
    const oldestS = this.#nowMs() / 1000 - ageMaxS
    let over = this.#changed.reduce((count, { hourS }) => (hourS < this.#hourS ? count + 1 : count), 0)
    if (over === 0) return
    this.#changed.sort((a, b) => a.hourS - b.hourS)
    const kept = this.#changed.filter((entry) => {
      if (entry.hourS >= this.#hourS || (over <= this.#overMax && entry.hourS >= oldestS)) return true
      over--
      return false
    })
    this.#dropped += this.#changed.length - kept.length
    this.#changed = kept
  }
}

/** What is reported together. */
export interface UsagePiece {
  readonly entries: readonly Entry[]
  readonly callers: UsageReport['callers']
}

// Named one by one, so that all have one shape: adding to them is the most that a request pays here.
function nothing(): Totals {
  return {
    requests: 0,
    errors: 0,
    limited: 0,
    durationMs: 0,
    durations: Array.from(durationBoundsMs, () => 0).concat(0),
    bytesIn: 0,
    bytesOut: 0,
    statements: 0,
    databaseMs: 0,
    databaseRows: 0,
    eventsEmitted: 0,
    eventsDelivered: 0,
    cpuMs: 0,
  }
}

function bucketOf(durationMs: number): number {
  for (let at = 0; at < durationBoundsMs.length; at++)
    if (durationMs <= (durationBoundsMs[at] ?? 0)) return at
  return durationBoundsMs.length
}
