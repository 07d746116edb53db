import type { AttackFamilyName } from './attack-family-name.ts'
import type { Leak } from './attack-report.ts'
import type { AttackRequest } from './draft.ts'
import type { Party } from './party.ts'
import type { Secrets } from './secrets.ts'

/** A leak as it is found. */
export interface Finding {
  /** What makes it another one than those that the same family found in the same operation. */
  readonly kind: string
  readonly operation: string
  readonly fact: string
  readonly party: Party
  readonly request: AttackRequest
  readonly seenIn?: { readonly party: Party; readonly request: AttackRequest }
  readonly evidence: string
}

/** The leaks of a run, each once for its family, operation and kind, harm once for its operation, without any credential. */
export class LeakList {
  readonly leaks: Leak[] = []
  readonly #secrets: Secrets
  readonly #told = new Set<string>()

  constructor(secrets: Secrets) {
    this.#secrets = secrets
  }

  add(family: AttackFamilyName, finding: Finding): void {
    const { kind, operation, fact, party, request, seenIn, evidence } = finding
    if (this.has(family, operation, kind)) return
    this.#told.add(keyOf(family, operation, kind))
    this.leaks.push({
      ...{ family, operation, fact: this.#secrets.redact(fact) },
      request: this.#secrets.show(party, request),
      ...(seenIn && { seenIn: this.#secrets.show(seenIn.party, seenIn.request) }),
      evidence: this.#secrets.redact(evidence),
    })
  }

  has(family: AttackFamilyName, operation: string, kind: string): boolean {
    return this.#told.has(keyOf(family, operation, kind))
  }
}

/** An operation that does harm does it in every family that uses it. */
function keyOf(family: AttackFamilyName, operation: string, kind: string): string {
  return kind === 'harm' ? `${operation} harm` : `${family} ${operation} ${kind}`
}
