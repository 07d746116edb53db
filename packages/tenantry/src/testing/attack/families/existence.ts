import type { AttackRun } from '../attack-run.ts'
import { differences, readLeaves, without } from '../compare-answers.ts'
import { type Draft, type Place, withValue, writeRequest } from '../draft.ts'
import { excerptOf } from '../excerpt.ts'
import type { AttackFamily } from '../family.ts'
import type { Answer } from '../http-client.ts'
import { isRead } from '../openapi/operation.ts'
import type { Party } from '../party.ts'
import { randomLike } from '../random-like.ts'
import { foreignPlaces } from './swapped-ids.ts'

/** Compares the answer for the other's id with those for ids that nobody has: a difference tells that it exists. */
export const existence: AttackFamily = {
  about: 'tells the other’s ids from ids that nobody has',
  async attack(run, attacker, victim) {
    for (const operation of run.attackable) {
      const theirs = run.draft(victim, operation)
      if (!theirs) continue
      const base = run.draft(attacker, operation) ?? theirs
      for (const { place, value } of foreignPlaces(base, theirs, (known) => attacker.known.has(known)))
        await compare(run, { attacker, victim, base, place, value })
    }
  },
}

const confirmations = 3

interface Comparison {
  readonly attacker: Party
  readonly victim: Party
  readonly base: Draft
  readonly place: Place
  readonly value: string
}

async function compare(run: AttackRun, comparison: Comparison): Promise<void> {
  const { attacker, victim, base, place, value } = comparison
  const { operation } = base
  const ask = async (id: string) => {
    // New texts each time: a name that is taken already would be refused whatever the id.
    const draft = withValue(run.draft(attacker, operation) ?? base, place, id)
    return without(await run.attack(attacker, victim, draft, { lookNow: true }), [id])
  }
  const askUnknown = () => ask(randomLike(value, run.random))
  const first = await askUnknown()
  if (first.status === 0 || first.status === 429) return
  const unknown = [first, await askUnknown()]
  const theirs = await ask(value)
  // What is shown needs no telling.
  if (theirs.status === 0 || theirs.status === 429 || run.isTold(operation.name)) return
  let told = whatTells(unknown, theirs)
  // Asked again in turn, so that a clock or a crowd of servers is not taken for an answer. What changes is not tried twice.
  for (let round = 0; round < confirmations && told.length > 0; round++) {
    unknown.push(await askUnknown())
    const again = isRead(operation) ? whatTells(unknown, await ask(value)) : whatTells(unknown, theirs)
    told = told.filter((name) => again.includes(name))
  }
  const [name] = told
  if (name === undefined) return
  const by = name === 'status' ? `status ${theirs.status}` : `\`${name || 'the text'}\` of the answer`
  run.report({
    ...{ kind: `tells ${place.name}`, operation: operation.name, party: attacker },
    request: writeRequest(withValue(base, place, value)),
    fact: `${by} tells ${attacker.id} that \`${place.name}\` of ${victim.id} exists: for an unknown one it is ${
      name === 'status' ? first.status : 'another'
    }`,
    evidence: `${excerptOf(theirs)} ⁄ for an unknown one ${excerptOf(first)}`,
  })
}

/** What is the same for all unknown ids, and another for the victim's. */
function whatTells(unknown: readonly Answer[], theirs: Answer): string[] {
  const [first, ...others] = unknown.map(readWhole)
  if (!first) return []
  const differs = new Set(others.flatMap((leaves) => differences(first, leaves)))
  return differences(first, readWhole(theirs)).filter((name) => !differs.has(name))
}

function readWhole(answer: Answer): Map<string, string> {
  return new Map([['status', String(answer.status)], ...readLeaves(answer)])
}
