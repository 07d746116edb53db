import { type Draft, type Place, withQuery, withValue } from '../draft.ts'
import type { AttackFamily } from '../family.ts'
import { isJsonObject } from '../json.ts'
import { tenantFields } from '../names.ts'

/** Says in bodies and queries that it is the other, in all spellings at once, and one by one where that is refused. */
export const massAssignment: AttackFamily = {
  about: 'names the other as the owner in bodies and queries',
  async attack(run, attacker, victim) {
    for (const operation of run.attackable) {
      if (operation.method === 'DELETE') continue
      const made = () => {
        const draft = run.draft(attacker, operation)
        return (
          draft &&
          declaredPlaces(draft).reduce((changed, place) => withValue(changed, place, victim.id), draft)
        )
      }
      const draft = made()
      if (!draft) continue
      const all = Object.fromEntries(tenantFields.map((name) => [name, victim.id]))
      if (declaredPlaces(draft).length > 0) await run.attack(attacker, victim, draft)
      const { status } = await run.attack(attacker, victim, withQuery(made() ?? draft, all))
      const inQuery = status >= 400 ? tenantFields : []
      for (const name of inQuery)
        await run.attack(attacker, victim, withQuery(made() ?? draft, { [name]: victim.id }))
      if (!isJsonObject(draft.body)) continue
      const refused = (await run.attack(attacker, victim, withFields(made() ?? draft, all))).status >= 400
      for (const name of refused ? tenantFields : [])
        await run.attack(attacker, victim, withFields(made() ?? draft, { [name]: victim.id }))
    }
  },
}

function declaredPlaces({ places }: Draft): Place[] {
  return places.filter(({ role }) => role === 'tenant')
}

function withFields(draft: Draft, fields: Record<string, string>): Draft {
  return isJsonObject(draft.body) ? { ...draft, body: { ...draft.body, ...fields } } : draft
}
