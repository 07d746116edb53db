import { type AttackRequest, withOnly, withValue } from '../draft.ts'
import type { AttackFamily } from '../family.ts'
import { plainName } from '../names.ts'
import { nameOf } from '../openapi/name-of.ts'

const linksEach = 20

/** Follows addresses and cursors that the other was given, as a tenant and as nobody. */
export const links: AttackFamily = {
  about: 'follows the other’s links and cursors',
  async attack(run, attacker, victim) {
    for (const link of [...victim.links].slice(-linksEach)) {
      const target = targetOf(link)
      if (target === undefined) continue
      const request: AttackRequest = { method: 'GET', target, headers: [] }
      for (const party of [attacker, run.nobody])
        await run.attackRaw(party, request, nameOf(run.operations, 'GET', target))
    }
    for (const operation of run.reads) {
      const draft = run.draft(attacker, operation, { variant: 'full', branch: 0 })
      for (const place of draft?.places ?? []) {
        if (place.in !== 'query') continue
        const fitting = [...victim.cursors].filter(([, name]) => fits(place.name, name)).slice(-3)
        for (const [cursor] of fitting)
          if (draft) await run.attack(attacker, victim, withValue(withOnly(draft, place), place, cursor))
      }
    }
  },
}

/** The part of an address that is sent, as far as it can be the service's own: hosts are not looked at. */
function targetOf(link: string): string | undefined {
  const url = URL.parse(link, 'http://service')
  if (!url || url.hostname === 'example.test') return undefined
  return url.pathname + url.search
}

function fits(parameter: string, field: string): boolean {
  const [wanted, given] = [plainName(parameter), plainName(field)]
  return given.endsWith(wanted) || /cursor|token|after|before/.test(wanted)
}
