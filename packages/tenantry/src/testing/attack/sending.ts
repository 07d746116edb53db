import type { AttackRequest } from './draft.ts'
import type { Answer } from './http-client.ts'
import type { Party } from './party.ts'

/** The attack after which a victim looks again. */
export interface Cause {
  readonly attacker: Party
  readonly request: AttackRequest
  readonly operation: string
}

/** How a request is sent. */
export interface Sending {
  /** Instead of the party's own credentials. */
  readonly credentials?: AttackRequest['headers']
  /** After its credentials. */
  readonly headers?: AttackRequest['headers']
  readonly abortAfterMs?: number
  /** True where the victim looks at its own things as soon as the request has changed something. */
  readonly lookNow?: boolean
  /** The attack after which an owner asks. */
  readonly cause?: Cause | undefined
}

/** An answer that held what is another's, and how it came about. */
export interface Told {
  readonly party: Party
  readonly answer: Answer
  readonly sent: AttackRequest
  readonly operation: string
  readonly cause?: Cause | undefined
}
