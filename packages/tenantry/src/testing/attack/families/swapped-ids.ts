import { type Draft, type Place, valueAt, withValue } from '../draft.ts'
import type { AttackFamily } from '../family.ts'

/** Puts the other's ids into every path, query, header and body that takes one, each alone and all together. */
export const swappedIds: AttackFamily = {
  about: 'asks for, changes and refers to the other’s ids',
  async attack(run, attacker, victim) {
    // What deletes comes last, so that it takes nothing from the others.
    const operations = run.attackable.sort((one, other) => rank(one.method) - rank(other.method))
    for (const operation of operations) {
      const own = run.draft(attacker, operation)
      const theirs = run.draft(victim, operation)
      if (!theirs) continue
      const base = own ?? theirs
      const swaps = foreignPlaces(base, theirs, (value) => attacker.known.has(value))
      if (swaps.length === 0) continue
      const all = swaps.reduce((draft, { place, value }) => withValue(draft, place, value), base)
      const alone = swaps.length > 1 ? swaps.map(({ place, value }) => withValue(base, place, value)) : []
      for (const draft of [all, ...alone]) await run.attack(attacker, victim, draft, { lookNow: true })
    }
  },
}

/** The places of references, with what the other would put there. */
export function foreignPlaces(
  own: Draft,
  theirs: Draft,
  isShared: (value: string) => boolean,
): { place: Place; value: string }[] {
  return own.places.flatMap((place) => {
    const value = place.role === 'id' ? valueAt(theirs, place) : undefined
    return value === undefined || value === '' || isShared(value) ? [] : [{ place, value }]
  })
}

function rank(method: string): number {
  return ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'].indexOf(method)
}
