import type { AttackFamilyName } from './attack-family-name.ts'

/** A request that a person can repeat. Credentials are named, not shown. */
export interface ShownRequest {
  /** The tenant whose credentials it has, or `nobody`. */
  readonly as: string
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body?: string
}

/** One way in which a tenant saw, changed or learnt of what is another's. */
export interface Leak {
  readonly family: AttackFamilyName
  /** The operation that was attacked, as the document names it, or a path beside it. */
  readonly operation: string
  /** What was seen, in a sentence. */
  readonly fact: string
  /** The request that shows it. */
  readonly request: ShownRequest
  /** Where it was seen, when not in that request's own answer. */
  readonly seenIn?: ShownRequest
  /** The status and the part of the answer that tells. */
  readonly evidence: string
}

/** What became of one family. */
export interface FamilyRun {
  readonly family: AttackFamilyName
  readonly requests: number
  /** `idle` had nothing to try on this service; `unfinished` ran out of requests or of time. */
  readonly outcome: 'finished' | 'unfinished' | 'idle' | 'skipped'
}

/** An operation that no owner's request reached: nothing is known of it. */
export interface Unreached {
  readonly operation: string
  /** What the owner's last request was answered, or why there was none. */
  readonly reason: string
}

/** What `attackService` tried, and what it saw. */
export interface AttackReport {
  /** Give it again to repeat the attacks in the same order. */
  readonly seed: number
  readonly leaks: readonly Leak[]
  /** Operations of which an owner's request succeeded: what was attacked. */
  readonly covered: readonly string[]
  readonly unreached: readonly Unreached[]
  /** Reads that never showed their owner anything it had planted: what they leak may go unnoticed. */
  readonly showedNothing: readonly string[]
  readonly families: readonly FamilyRun[]
  readonly requests: number
  /** How many of them were refused for their rate (429): what they would have shown is not known. */
  readonly refusedForRate: number
  /** How many owners' requests were refused (401) to operations that they had reached: credentials ran out. */
  readonly refusedForCredentials: number
  /** How many were not answered at all, those aside in which the attacker hung up. */
  readonly unanswered: number
  readonly tookMs: number
}
