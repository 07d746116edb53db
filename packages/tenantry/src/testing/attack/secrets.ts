import type { ShownRequest } from './attack-report.ts'
import type { AttackRequest } from './draft.ts'
import type { Party } from './party.ts'

const wholeLengthMin = 6
const partLengthMin = 12
/** Longer ones are no names of tenants. */
const nameLengthMax = 40
const bodyShown = 2_000

/** What is never shown: every tenant's credentials, and what was made of them. */
export class Secrets {
  readonly #texts = new Map<string, string>()
  readonly #names = new Set<string>()

  /** Remembers the credentials that `party` sends. */
  add(party: Party, headers: readonly (readonly [string, string])[]): void {
    for (const [name, value] of headers) {
      this.#names.add(name.toLowerCase())
      const label = `‹${party.id}’s ${name.toLowerCase()}›`
      if (value.length >= wholeLengthMin) this.#texts.set(value, label)
      for (const part of value.split(/[\s=;,]+/))
        if (part.length >= partLengthMin) this.#texts.set(part, label)
    }
  }

  /** The same text without any credential. */
  redact(text: string): string {
    let redacted = text
    for (const [secret, label] of this.#texts) redacted = redacted.replaceAll(secret, label)
    return redacted
  }

  /** A request as reports show it. */
  show(party: Party, { method, target, headers, body }: AttackRequest): ShownRequest {
    const shown = headers.map(([name, value]) => [name, this.#showHeader(name.toLowerCase(), value)] as const)
    return {
      as: party.id,
      ...{ method, target: this.redact(target), headers: shown },
      ...(body !== undefined && { body: this.redact(body).slice(0, bodyShown) }),
    }
  }

  #showHeader(name: string, value: string): string {
    const redacted = this.redact(value)
    const start = value.slice(0, wholeLengthMin)
    const isMadeOfOne =
      redacted === value &&
      this.#names.has(name) &&
      value.length >= wholeLengthMin &&
      (value.length > nameLengthMax || [...this.#texts.keys()].some((secret) => secret.startsWith(start)))
    return isMadeOfOne ? `‹a forged ${name}›` : redacted
  }
}
