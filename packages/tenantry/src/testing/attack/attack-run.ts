import { setTimeout as delay } from 'node:timers/promises'
import type { AttackFamilyName } from './attack-family-name.ts'
import type { AttackOptions } from './attack-options.ts'
import type { Budget } from './budget.ts'
import { composeDraft } from './compose-draft.ts'
import { type AttackRequest, type Draft, writeRequest } from './draft.ts'
import { Evidence, type Sighting } from './evidence.ts'
import { excerptOf } from './excerpt.ts'
import type { Answer, HttpClient } from './http-client.ts'
import { readJson } from './json.ts'
import { isOwnId, isUnguessable } from './known-values.ts'
import { type Finding, LeakList } from './leak-list.ts'
import { learnLinks } from './learn-links.ts'
import { Markers } from './markers.ts'
import type { OpenapiDocument } from './openapi/openapi-document.ts'
import { isRead, type Operation } from './openapi/operation.ts'
import { Party, type Reached } from './party.ts'
import { Secrets } from './secrets.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Cause, Sending, Told } from './sending.ts'
import { Steadiness } from './steadiness.ts'
import { VictimView } from './victim-view.ts'

/** What a run is made of. */
export interface AttackRunParts {
  readonly document: OpenapiDocument
  readonly operations: readonly Operation[]
  readonly parties: readonly [Party, Party]
  readonly random: SeededRandom
  readonly budget: Budget
  readonly client: HttpClient
  readonly events: NonNullable<AttackOptions['events']>
}

/**
 * One run against one service: sends requests for the tenants, looks at each answer for what is another's, and keeps what was
 * found. Families are written against this class alone.
 */
export class AttackRun {
  readonly random: SeededRandom
  readonly operations: readonly Operation[]
  readonly parties: readonly [Party, Party]
  readonly nobody = new Party('nobody', () => ({}))
  readonly events: AttackRunParts['events']
  readonly steadiness = new Steadiness()
  /** How each operation was reached, and why it was not. */
  readonly reached = new Map<Operation, Reached>()
  readonly lastReason = new Map<Operation, string>()
  /** Reads that have shown their owner what it had planted. */
  readonly showing = new Set<Operation>()
  family: AttackFamilyName = 'ordinary'
  /** True when the family under way has sent something of its own. */
  tried = false
  refusedForRate = 0
  refusedForCredentials = 0
  unanswered = 0
  readonly #parts: AttackRunParts
  readonly #markers: Markers
  readonly #evidence: Evidence
  readonly #secrets = new Secrets()
  readonly #found = new LeakList(this.#secrets)
  readonly #views: Map<Party, VictimView>
  /** Ordinary reads that show what is another's: they would in every family. */
  readonly #leaky = new Set<string>()
  /** The attack that a marker was first sent with. */
  readonly #origins = new Map<string, Cause>()
  #lastCause: Cause | undefined

  constructor(parts: AttackRunParts) {
    const { random, operations, parties, events } = parts
    this.#parts = parts
    this.random = random
    this.operations = operations
    this.parties = parties
    this.events = events
    this.#markers = new Markers(random)
    this.#evidence = new Evidence(this.#markers)
    this.#views = new Map(parties.map((party) => [party, new VictimView(this, party)]))
  }

  get leaks() {
    return this.#found.leaks
  }

  /** Operations that were reached. */
  get attackable(): Operation[] {
    return this.operations.filter((operation) => this.reached.has(operation))
  }

  /** Those that change nothing. */
  get reads(): Operation[] {
    return this.attackable.filter(isRead)
  }

  /** Those that add something. */
  get creates(): Operation[] {
    return this.attackable.filter(({ method }) => method === 'POST')
  }

  marker(party: Party): string {
    return this.#markers.issue(party.id)
  }

  ownMarkers(party: Party, text: string): string[] {
    return this.#markers.in(text).flatMap(({ marker, owner }) => (owner === party.id ? [marker] : []))
  }

  /** A new request of `party` to an operation, made as the one that reached it; `undefined` if the party knows too little. */
  draft(party: Party, operation: Operation, reached?: Reached): Draft | undefined {
    const how = reached ?? this.reached.get(operation) ?? { variant: 'required', branch: 0 }
    const { document, random } = this.#parts
    return composeDraft(party, operation, { document, random, ...how, marker: (of) => this.marker(of) })
  }

  /** Sends an owner's ordinary request. What succeeds is learnt from; what holds another's is a leak. */
  async asOwner(party: Party, draft: Draft, sending: Sending = {}): Promise<Answer> {
    const { operation } = draft
    const { answer, sent } = await this.#send(party, writeRequest(draft, sending.headers), sending)
    const sightings = this.#evidence.find(party, answer)
    if (sightings[0]) {
      // Only an attack that brought it is to blame; what an owner planted is shown by this request itself.
      const cause = sending.cause && this.#origins.get(sightings[0].canary)
      if (!this.isLeaky(operation))
        this.#reportTold(sightings[0], { party, answer, sent, operation: operation.name, cause })
      if (!cause) this.#leaky.add(operation.name)
    }
    this.#evidence.settle(party, sightings)
    if (isRead(operation) && this.ownMarkers(party, answer.body).length > 0) this.showing.add(operation)
    if (answer.status < 200 || answer.status >= 400) {
      if (answer.status === 401 && this.reached.has(operation)) this.refusedForCredentials++
      this.lastReason.set(operation, answer.status === 0 ? 'no answer' : `answered ${answer.status}`)
      return answer
    }
    party.succeeded.set(operation.name, draft)
    if (operation.method === 'PUT') party.known.learn({ ...draft.values.path }, operation.path)
    // What is another's is not known to be its own.
    if (sightings.length === 0) this.#learn(party, operation, answer)
    return answer
  }

  /** Sends an attacker's request, and looks for what is another's in the answer. */
  async attack(attacker: Party, victim: Party, draft: Draft, sending: Sending = {}): Promise<Answer> {
    const { operation } = draft
    const answer = await this.attackRaw(
      attacker,
      writeRequest(draft, sending.headers),
      operation.name,
      sending,
    )
    const changes = !isRead(operation) && answer.status >= 200 && answer.status < 300
    if (changes && sending.lookNow) await this.lookAgain(victim)
    return answer
  }

  /** The same for a request that no operation describes. */
  async attackRaw(
    attacker: Party,
    request: AttackRequest,
    operation: string,
    sending: Sending = {},
  ): Promise<Answer> {
    this.tried = true
    const { answer, sent } = await this.#send(attacker, request, sending)
    const cause = { attacker, request: sent, operation }
    if (request.method !== 'GET' && request.method !== 'HEAD') this.#lastCause = cause
    for (const marker of this.ownMarkers(attacker, sent.body ?? '')) this.#origins.set(marker, cause)
    if (this.#leaky.has(operation)) return answer
    const [sighting] = this.#evidence.find(attacker, answer)
    if (sighting) this.#reportTold(sighting, { party: attacker, answer, sent, operation })
    return answer
  }

  /** Learns what changes by itself while nobody attacks: both look at what is new, and again when `jobsMs` have passed. */
  async settle(jobsMs: number): Promise<void> {
    for (const view of this.#views.values()) await view.take()
    await delay(jobsMs)
    for (const view of this.#views.values()) await view.settle()
  }

  /** What a victim sees of its own now is what later looks are compared with. */
  async lookFirst(victim: Party): Promise<void> {
    this.#lastCause = undefined
    await this.#views.get(victim)?.take()
  }

  /** Lets a victim look at its own things: what is changed, gone or another's now is a leak that the last attack made. */
  async lookAgain(victim: Party, options?: { ownersWrite?: boolean }): Promise<void> {
    await this.#views.get(victim)?.check(this.#lastCause, options)
  }

  /** Keeps what the family under way has found. */
  report(finding: Finding): void {
    this.#found.add(this.family, finding)
  }

  /** True for a read that shows what is another's to whoever merely asks. */
  isLeaky({ name }: Operation): boolean {
    return this.#leaky.has(name)
  }

  /** True where the family under way has seen what is another's in an answer of the operation. */
  isTold(operation: string): boolean {
    return this.#found.has(this.family, operation, 'told')
  }

  #reportTold({ canary, owner }: Sighting, told: Told): void {
    const { party, answer, sent, operation, cause } = told
    const after = cause ? `, after a request of ${cause.attacker.id}` : ''
    this.report({
      ...{ kind: 'told', fact: `${party.id} is told \`${canary}\`, which is ${owner}’s${after}` },
      ...(cause
        ? { operation: cause.operation, party: cause.attacker, request: cause.request }
        : { operation, party, request: sent }),
      ...(cause && { seenIn: { party, request: sent } }),
      evidence: excerptOf(answer, canary),
    })
  }

  async #send(
    party: Party,
    request: AttackRequest,
    { credentials, abortAfterMs }: Sending,
  ): Promise<{ answer: Answer; sent: AttackRequest }> {
    const { budget, client } = this.#parts
    budget.spend()
    const own = await party.headers()
    this.#secrets.add(party, own)
    const whole = { ...request, headers: [...(credentials ?? own), ...request.headers] }
    this.#evidence.recordSent(party, whole)
    const answer = await client.send(whole, abortAfterMs)
    if (answer.status === 429) this.refusedForRate++
    if (answer.status === 0 && abortAfterMs === undefined) this.unanswered++
    // A party's usual credentials go without saying.
    return { answer, sent: credentials ? whole : request }
  }

  #learn(party: Party, operation: Operation, answer: Answer): void {
    const json = readJson(answer.body)
    for (const known of party.known.learn(json, operation.path)) {
      const { value } = known
      if (!isRead(operation) && isUnguessable(value) && isOwnId(known, operation.path))
        this.#evidence.addId(value, party)
    }
    learnLinks(party, answer, json)
  }
}
