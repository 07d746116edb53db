import { eventAgeMaxMs } from '@tenantry/propagation'
import type { Delivery, Outcome } from './event-bus.ts'

/** Why an attempt failed. */
export interface Failure {
  readonly reason: string
  /** The service is not there, or not yet: worth trying again soon. */
  readonly unreachable?: boolean
  /** The service answered that it cannot handle this event, whenever it comes. */
  readonly refused?: boolean
}

const backoffMs = { first: 100, max: 30_000, unreachableMax: 2_000 }
const refusalsMax = 10

/**
 * What becomes of a delivery whose attempt failed: it is tried again after 0.1 to 30 s, and given up once it was
 * refused ten times or is older than seven days, when the token service mints nothing for it any more.
 */
export function outcomeOf(failure: Failure, delivery: Delivery, emittedAtMs: number): Outcome {
  const { reason, unreachable = false, refused = false } = failure
  const tooOld = Date.now() - emittedAtMs > eventAgeMaxMs
  if (tooOld || (refused && delivery.refusals + 1 >= refusalsMax)) return { kind: 'dead', reason }
  const max = unreachable ? backoffMs.unreachableMax : backoffMs.max
  const inMs = Math.min(max, backoffMs.first * 2 ** Math.min(delivery.attempts, 20))
  // Spread, so that what failed together does not come back together.
  return { kind: 'retry', reason, refused, inMs: Math.round(inMs * (0.75 + Math.random() / 2)) }
}
