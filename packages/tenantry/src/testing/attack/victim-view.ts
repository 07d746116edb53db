import { differences, readLeaves } from './compare-answers.ts'
import { type Draft, writeRequest } from './draft.ts'
import { excerptOf } from './excerpt.ts'
import type { Answer } from './http-client.ts'
import type { Finding } from './leak-list.ts'
import type { Operation } from './openapi/operation.ts'
import type { Party } from './party.ts'
import type { Cause, Sending } from './sending.ts'
import type { Steadiness } from './steadiness.ts'

/** The run that a view is part of, as far as it is needed here. */
interface ViewingRun {
  readonly reads: readonly Operation[]
  readonly steadiness: Steadiness
  draft(party: Party, operation: Operation): Draft | undefined
  asOwner(party: Party, draft: Draft, sending?: Sending): Promise<Answer>
  ownMarkers(party: Party, text: string): readonly string[]
  isLeaky(operation: Operation): boolean
  report(finding: Finding): void
}

interface View {
  readonly draft: Draft
  readonly answer: Answer
}

const confirmations = 2
/** No answer, credentials that have run out, too many requests: of the thing itself nothing is said. */
const tellsNothing = [0, 401, 429]

/** What a tenant sees of its own, to be compared with what it sees after an attack. */
export class VictimView {
  readonly #run: ViewingRun
  readonly #party: Party
  #views: View[] = []

  constructor(run: ViewingRun, party: Party) {
    this.#run = run
    this.#party = party
  }

  /** Reads everything that the party can read, in the ordinary way. */
  async take(): Promise<void> {
    const views: View[] = []
    for (const operation of this.#run.reads) {
      const draft = this.#run.draft(this.#party, operation)
      if (!draft) continue
      const answer = await this.#run.asOwner(this.#party, draft)
      if (answer.status >= 200 && answer.status < 300) views.push({ draft, answer })
    }
    // One thing tells more than a list of many.
    this.#views = views.sort((one, other) => Number(isOneThing(other.draft)) - Number(isOneThing(one.draft)))
  }

  /** Reads the same again before anybody attacks: what differs then changes by itself. */
  async settle(): Promise<void> {
    for (const { draft, answer } of this.#views)
      this.#run.steadiness.compare(draft.operation, answer, await this.#run.asOwner(this.#party, draft))
  }

  /** Reads the same again. What is changed, gone, or another's now is a leak that `cause` made. */
  async check(cause: Cause | undefined, { ownersWrite = false } = {}): Promise<void> {
    for (const { draft, answer: before } of this.#views) {
      const after = await this.#run.asOwner(this.#party, draft, { cause })
      if (cause === undefined || tellsNothing.includes(after.status)) continue
      if (this.#run.isLeaky(draft.operation)) continue
      const fact = ownersWrite ? this.#gone(draft, before, after) : this.#changed(draft, before, after)
      if (fact === undefined || !(await this.#staysSo(draft, before))) continue
      this.#run.report({
        ...{ kind: 'harm', operation: cause.operation, party: cause.attacker },
        ...{
          request: cause.request,
          fact: `${this.#party.id}’s ${fact} after a request of ${cause.attacker.id}`,
        },
        seenIn: { party: this.#party, request: writeRequest(draft) },
        evidence: excerptOf(after),
      })
      // What is gone is told once.
      this.#views = this.#views.filter((view) => view.draft !== draft)
    }
  }

  /** False when it was something that comes and goes: then it is known from now on. */
  async #staysSo(draft: Draft, before: Answer): Promise<boolean> {
    for (let look = 0; look < confirmations; look++) {
      const again = await this.#run.asOwner(this.#party, draft)
      if (this.#changed(draft, before, again) === undefined) return false
      this.#run.steadiness.compare(draft.operation, again, await this.#run.asOwner(this.#party, draft))
    }
    return true
  }

  #gone(draft: Draft, before: Answer, after: Answer): string | undefined {
    return isOneThing(draft) && after.status !== before.status && after.status < 500
      ? `\`${draft.operation.name}\` answers ${after.status} instead of ${before.status}`
      : undefined
  }

  #changed(draft: Draft, before: Answer, after: Answer): string | undefined {
    const [old, now] = [readLeaves(before), readLeaves(after)]
    if (!isOneThing(draft)) {
      const own = this.#run.ownMarkers(this.#party, before.body)
      const left = this.#run.ownMarkers(this.#party, after.body)
      const lost = own.some((marker) => !left.includes(marker)) && now.size < old.size
      return after.status < 300 && lost ? `\`${draft.operation.name}\` has lost what was there` : undefined
    }
    const gone = this.#gone(draft, before, after)
    if (gone !== undefined || after.status !== before.status) return gone
    const changed = differences(old, now).filter(
      (place) => !this.#run.steadiness.isUnsteady(draft.operation, place),
    )
    return changed.length > 0 ? `\`${draft.operation.name}\` has another \`${changed[0]}\`` : undefined
  }
}

function isOneThing({ places }: Draft): boolean {
  return places.some(({ in: place, role }) => place === 'path' && role === 'id')
}
