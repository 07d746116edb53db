import type { AttackRequest } from './draft.ts'
import type { Answer } from './http-client.ts'
import type { Markers } from './markers.ts'
import type { Party } from './party.ts'

/** Something of another's in an answer. */
export interface Sighting {
  readonly canary: string
  readonly owner: string
}

/** Knows what is whose, and finds it where it should not be. */
export class Evidence {
  readonly #markers: Markers
  readonly #ids = new Map<string, string>()
  readonly #seenOrdinarily = new Set<string>()

  constructor(markers: Markers) {
    this.#markers = markers
  }

  /** An unguessable id that the service made for `owner`. */
  addId(id: string, owner: Party): void {
    if (!this.#ids.has(id)) this.#ids.set(id, owner.id)
  }

  /** Remembers what of others a party sends itself: to be told that again is no leak. */
  recordSent(party: Party, { target, headers, body = '' }: AttackRequest): void {
    const text = `${target} ${headers.flat().join(' ')} ${body}`
    for (const { canary } of this.#canariesIn(text, party)) party.sent.add(canary)
  }

  /** What of others `party` was told, and neither sent itself nor saw before in an ordinary request. */
  find(party: Party, { headers, body }: Answer): Sighting[] {
    const text = `${Object.values(headers).join('\n')}\n${body}`
    return this.#canariesIn(text, party).filter(
      ({ canary }) => !party.sent.has(canary) && !this.#seenOrdinarily.has(`${party.id} ${canary}`),
    )
  }

  /** What once came up in an ordinary request comes up again in others, and is one leak. */
  settle(party: Party, sightings: readonly Sighting[]): void {
    for (const { canary } of sightings) this.#seenOrdinarily.add(`${party.id} ${canary}`)
  }

  #canariesIn(text: string, party: Party): Sighting[] {
    const markers = this.#markers.in(text).map(({ marker, owner }) => ({ canary: marker, owner }))
    const ids = new Set(text.match(/[\w-]{12,}/g))
    const ofIds = [...ids].flatMap((canary) => {
      const owner = this.#ids.get(canary)
      return owner === undefined ? [] : [{ canary, owner }]
    })
    return [...markers, ...ofIds].filter(({ owner }) => owner !== party.id)
  }
}
