import { createHash, randomBytes } from 'node:crypto'
import type { Operator } from './operator.ts'

/** How long sessions last, and how many there may be. */
export interface SessionBounds {
  readonly idleMs: number
  readonly lifetimeMs: number
  readonly sessionsMax: number
}

/** What ends with its session: an answer that is still being written. */
export interface OpenAnswer {
  destroy(): void
}

interface Session {
  readonly operator: Operator
  readonly beganAtMs: number
  usedAtMs: number
  readonly answers: Set<OpenAnswer>
}

const bounds: SessionBounds = { idleMs: 30 * 60_000, lifetimeMs: 8 * 3_600_000, sessionsMax: 1_000 }
const sweepMs = 30_000

/**
 * The sessions of operators who signed in, in this process's memory alone. A session ends after 30 minutes without a request and
 * after 8 hours at most, when its operator signs out, and with the process; of more than a thousand, the one that was not used for
 * the longest time goes.
 */
export class OperatorSessions {
  readonly #bounds: SessionBounds
  readonly #now: () => number
  /** By the hash of its id, so that a copy of this memory opens none; the one that was used last is last. */
  readonly #sessions = new Map<string, Session>()
  readonly #sweep: NodeJS.Timeout

  constructor(changes: Partial<SessionBounds> = {}, now = Date.now) {
    this.#bounds = { ...bounds, ...changes }
    this.#now = now
    this.#sweep = setInterval(() => this.endOver(), sweepMs).unref()
  }

  /** Begins a session under a new id of 256 random bits, which nobody but its bearer has. */
  begin(operator: Operator): string {
    const [oldest] = this.#sessions.keys()
    if (oldest !== undefined && this.#sessions.size >= this.#bounds.sessionsMax) this.#end(oldest)
    const id = randomBytes(32).toString('base64url')
    const nowMs = this.#now()
    this.#sessions.set(hash(id), { operator, beganAtMs: nowMs, usedAtMs: nowMs, answers: new Set() })
    return id
  }

  /** Whose session this is, and puts its end off; `undefined` where there is none, or where it is over. */
  use(id: string): Operator | undefined {
    const key = hash(id)
    const session = this.#sessions.get(key)
    if (!session || this.#isOver(session)) {
      this.#end(key)
      return undefined
    }
    session.usedAtMs = this.#now()
    this.#sessions.delete(key)
    this.#sessions.set(key, session)
    return session.operator
  }

  /** Cuts `answer` off when the session ends first; returns what says that it is done. */
  hold(id: string, answer: OpenAnswer): () => void {
    const answers = this.#sessions.get(hash(id))?.answers
    answers?.add(answer)
    return () => answers?.delete(answer)
  }

  /** Ends a session at once, with what is still being answered to it. */
  end(id: string): void {
    this.#end(hash(id))
  }

  /** Ends all that are over; it happens by itself every 30 s. */
  endOver(): void {
    for (const [key, session] of this.#sessions) if (this.#isOver(session)) this.#end(key)
  }

  close(): void {
    clearInterval(this.#sweep)
    for (const key of this.#sessions.keys()) this.#end(key)
  }

  #end(key: string): void {
    const answers = this.#sessions.get(key)?.answers ?? []
    this.#sessions.delete(key)
    for (const answer of answers) answer.destroy()
  }

  #isOver({ beganAtMs, usedAtMs }: Session): boolean {
    const nowMs = this.#now()
    return nowMs - usedAtMs >= this.#bounds.idleMs || nowMs - beganAtMs >= this.#bounds.lifetimeMs
  }
}

function hash(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
