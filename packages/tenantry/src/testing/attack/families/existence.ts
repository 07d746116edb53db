import type { AttackRun } from '../attack-run.ts'
import { differences, readLeaves, without } from '../compare-answers.ts'
import { type Draft, type Place, withValue, writeRequest } from '../draft.ts'
import { excerptOf } from '../excerpt.ts'
import type { AttackFamily } from '../family.ts'
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

interface Comparison {
  readonly attacker: Party
  readonly victim: Party
  readonly base: Draft
  readonly place: Place
  readonly value: string
}

async function compare(run: AttackRun, { attacker, victim, base, place, value }: Comparison): Promise<void> {
  const ask = async (id: string) => {
    const draft = withValue(base, place, id)
    return without(await run.attack(attacker, victim, draft, { lookNow: true }), [id])
  }
  const [one, other] = [await ask(randomLike(value, run.random)), await ask(randomLike(value, run.random))]
  // Where any id is as good as another, nothing is told.
  if (one.status !== other.status || one.status < 400 || one.status === 429) return
  const theirs = await ask(value)
  // What is shown needs no telling.
  if (theirs.status === 0 || theirs.status === 429 || run.isTold(base.operation.name)) return
  const unsteady = new Set(differences(readLeaves(one), readLeaves(other)))
  const told = differences(readLeaves(one), readLeaves(theirs)).find((name) => !unsteady.has(name))
  if (theirs.status === one.status && told === undefined) return
  const by =
    theirs.status === one.status ? `\`${told || 'the text'}\` of the answer` : `status ${theirs.status}`
  run.report({
    ...{ kind: `tells ${place.name}`, operation: base.operation.name, party: attacker },
    request: writeRequest(withValue(base, place, value)),
    fact: `${by} tells ${attacker.id} that \`${place.name}\` of ${victim.id} exists: for an unknown one it is ${
      theirs.status === one.status ? 'another' : one.status
    }`,
    evidence: `${excerptOf(theirs)} ⁄ for an unknown one ${excerptOf(one)}`,
  })
}
