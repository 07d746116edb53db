import { randomUUID } from 'node:crypto'
import { writeRequest } from '../draft.ts'
import { excerptOf } from '../excerpt.ts'
import type { AttackFamily } from '../family.ts'

const names = ['idempotency-key', 'x-idempotency-key', 'x-request-id']

/** Uses the key of another's request again: to be given its answer, or refused for it, tells of it. */
export const idempotencyKeys: AttackFamily = {
  about: 'repeats requests under the other’s idempotency keys',
  ownersWrite: true,
  async attack(run, attacker, victim) {
    for (const operation of run.creates) {
      const key = randomUUID()
      const headersOf = (value: string) => names.map((name) => [name, value] as const)
      const [first, second, third] = [victim, attacker, attacker].map((party) => run.draft(party, operation))
      if (!first || !second || !third) continue
      await run.asOwner(victim, first, { headers: headersOf(key) })
      const answer = await run.attack(attacker, victim, second, { headers: headersOf(key) })
      if (answer.status < 400 || answer.status === 429) continue
      const fresh = await run.asOwner(attacker, third, { headers: headersOf(randomUUID()) })
      if (fresh.status >= 300) continue
      run.report({
        ...{ kind: 'refused', operation: operation.name, party: attacker },
        request: writeRequest(second, headersOf(key)),
        fact: `${attacker.id} is refused a key that only ${victim.id} has used`,
        evidence: excerptOf(answer),
      })
    }
  },
}
