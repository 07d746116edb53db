import { type Draft, type Place, valueAt, withValue, writeRequest } from '../draft.ts'
import { excerptOf } from '../excerpt.ts'
import type { AttackFamily } from '../family.ts'

/** Creates what the other has created already: a refusal tells that it is there. */
export const conflicts: AttackFamily = {
  about: 'creates things under names that the other has taken',
  ownersWrite: true,
  async attack(run, attacker, victim) {
    for (const operation of run.creates) {
      const theirs = run.draft(victim, operation)
      if (!theirs || (await run.asOwner(victim, theirs)).status >= 300) continue
      const same = (): Draft | undefined => {
        const own = run.draft(attacker, operation)
        return (
          own &&
          textPlaces(own).reduce((draft, place) => withValue(draft, place, valueAt(theirs, place) ?? ''), own)
        )
      }
      const twin = same()
      if (!twin || textPlaces(twin).length === 0) continue
      const answer = await run.attack(attacker, victim, twin)
      if (answer.status < 400 || answer.status === 429) continue
      const fresh = run.draft(attacker, operation)
      const again = same()
      // Only if it is the other's name that is refused, and not the request.
      if (!fresh || !again || (await run.asOwner(attacker, fresh)).status >= 300) continue
      if ((await run.attack(attacker, victim, again)).status < 400) continue
      run.report({
        ...{ kind: 'conflict', operation: operation.name, party: attacker, request: writeRequest(twin) },
        fact: `${attacker.id} is refused a name that only ${victim.id} has taken`,
        evidence: excerptOf(answer),
      })
    }
  },
}

function textPlaces({ places }: Draft): Place[] {
  return places.filter(({ in: place, role }) => place === 'body' && role === 'text')
}
