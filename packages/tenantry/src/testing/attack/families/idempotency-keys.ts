import { randomUUID } from 'node:crypto'
import type { AttackRun } from '../attack-run.ts'
import { type AttackRequest, writeRequest } from '../draft.ts'
import { excerptOf } from '../excerpt.ts'
import type { AttackFamily } from '../family.ts'
import type { Answer } from '../http-client.ts'
import type { Operation } from '../openapi/operation.ts'
import type { Party } from '../party.ts'

const names = ['idempotency-key', 'x-idempotency-key', 'x-request-id']
const confirmations = 2

/** Uses the key of another's request again: to be given its answer, or refused for it, tells of it. */
export const idempotencyKeys: AttackFamily = {
  about: 'repeats requests under the other’s idempotency keys',
  ownersWrite: true,
  async attack(run, attacker, victim) {
    for (const operation of run.creates) {
      let refused: { readonly request: AttackRequest; readonly answer: Answer } | undefined
      for (let round = 0; round < confirmations; round++) {
        refused = await repeatKey(run, { operation, attacker, victim })
        if (!refused) break
      }
      if (!refused) continue
      run.report({
        ...{ kind: 'refused', operation: operation.name, party: attacker, request: refused.request },
        fact: `${attacker.id} is refused a key that only ${victim.id} has used`,
        evidence: excerptOf(refused.answer),
      })
    }
  },
}

interface Repetition {
  readonly operation: Operation
  readonly attacker: Party
  readonly victim: Party
}

/** The attacker's request under the victim's key, if it was refused and one under a new key was not. */
async function repeatKey(run: AttackRun, { operation, attacker, victim }: Repetition) {
  const [first, second, third] = [victim, attacker, attacker].map((party) => run.draft(party, operation))
  if (!first || !second || !third) return undefined
  const headers = headersOf(randomUUID())
  await run.asOwner(victim, first, { headers })
  const answer = await run.attack(attacker, victim, second, { headers })
  if (answer.status < 400 || answer.status === 429) return undefined
  const fresh = await run.asOwner(attacker, third, { headers: headersOf(randomUUID()) })
  return fresh.status < 300 ? { request: writeRequest(second, headers), answer } : undefined
}

function headersOf(key: string): AttackRequest['headers'] {
  return names.map((name) => [name, key] as const)
}
