import type { AttackRun } from '../attack-run.ts'
import { differences, readLeaves } from '../compare-answers.ts'
import { type Draft, writeRequest } from '../draft.ts'
import { excerptOf } from '../excerpt.ts'
import type { AttackFamily } from '../family.ts'
import type { Answer } from '../http-client.ts'
import type { Party } from '../party.ts'
import { plant } from '../plant.ts'

const rounds = 2
const writesEach = 2

/** Watches what a tenant is told while only the other writes: numbers that move are made of both. */
export const totals: AttackFamily = {
  about: 'watches its own numbers while the other writes',
  ownersWrite: true,
  async attack(run, attacker, victim) {
    const drafts = run.reads.flatMap((operation) => run.draft(attacker, operation) ?? [])
    if (drafts.length === 0) return
    run.tried = true
    let before = await lookTwice(run, attacker, drafts)
    const moved = drafts.map((): string[][] => [])
    // In each round, so that what moves by itself now and then is not taken for the other's doing.
    for (let round = 0; round < rounds; round++) {
      for (let write = 0; write < writesEach; write++) await plant(run, victim)
      const after = await lookTwice(run, attacker, drafts)
      for (const [at, places] of moved.entries()) places.push(numbersMoved(before[at], after[at]))
      before = after
    }
    for (const [at, draft] of drafts.entries()) {
      const { operation } = draft
      const [first = [], ...later] = moved[at] ?? []
      const place = first.find(
        (name) => later.every((names) => names.includes(name)) && !run.steadiness.isUnsteady(operation, name),
      )
      const last = before[at]
      if (place === undefined || !last || run.isLeaky(operation)) continue
      run.report({
        ...{ kind: 'moved', operation: operation.name, party: attacker, request: writeRequest(draft) },
        fact: `\`${place || 'the answer'}\` moves for ${attacker.id} when only ${victim.id} writes`,
        evidence: excerptOf(last),
      })
    }
  },
}

/** Twice, so that what differs although nobody wrote is known. */
async function lookTwice(run: AttackRun, party: Party, drafts: readonly Draft[]): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const draft of drafts) {
    const first = await run.asOwner(party, draft)
    const second = await run.asOwner(party, draft)
    run.steadiness.compare(draft.operation, first, second)
    answers.push(second)
  }
  return answers
}

function numbersMoved(before: Answer | undefined, after: Answer | undefined): string[] {
  if (!before || !after || before.status >= 300 || after.status >= 300) return []
  const [old, now] = [readLeaves(before), readLeaves(after)]
  return differences(old, now).filter((place) => /\d/.test(now.get(place) ?? old.get(place) ?? ''))
}
