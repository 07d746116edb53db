import { type Place, withOnly, withValue } from '../draft.ts'
import type { AttackFamily } from '../family.ts'
import { guessTables, injectionsFor, isOrderName } from '../injections.ts'

/** Puts SQL into every text of every request, and looks what comes of it. */
export const sqlInjection: AttackFamily = {
  about: 'puts SQL into every text, path and order',
  isOneWay: true,
  async attack(run, attacker, victim) {
    for (const operation of run.attackable) {
      const tables = guessTables([operation.path])
      for (const place of run.draft(attacker, operation, { variant: 'full', branch: 0 })?.places ?? []) {
        if (!takesText(place)) continue
        for (const injection of injectionsFor(place.name, { tables, tenant: victim.id })) {
          // New each time, so that a name is not taken already.
          const draft = run.draft(attacker, operation, { variant: 'full', branch: 0 })
          if (draft) await run.attack(attacker, victim, withValue(withOnly(draft, place), place, injection))
        }
        await run.lookAgain(victim)
      }
    }
  },
}

function takesText({ role, name }: Place): boolean {
  return role === 'text' || role === 'id' || (role === 'other' && isOrderName(name))
}
