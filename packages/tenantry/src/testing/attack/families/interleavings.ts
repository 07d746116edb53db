import type { AttackRun } from '../attack-run.ts'
import { differences, readLeaves } from '../compare-answers.ts'
import { type Draft, writeRequest } from '../draft.ts'
import { excerptOf } from '../excerpt.ts'
import type { AttackFamily } from '../family.ts'
import type { Answer } from '../http-client.ts'
import { inParallel } from '../in-parallel.ts'
import { isRead, type Operation } from '../openapi/operation.ts'
import type { Party } from '../party.ts'

const turnsTaken = 200
const atOnce = 16
const writesInTen = 2

/** Both at once, in an order that the seed decides: every answer is to hold its own tenant's things, and its own request's. */
export const interleavings: AttackFamily = {
  about: 'lets both ask and write at once, in an order drawn from the seed',
  ownersWrite: true,
  isOneWay: true,
  async attack(run, attacker, victim) {
    const asked: Asked[] = []
    for (const party of [attacker, victim]) {
      for (const operation of run.reads) {
        const draft = run.draft(party, operation)
        if (draft) asked.push({ party, draft, alone: await run.asOwner(party, draft) })
      }
    }
    run.tried = asked.length > 0
    const turns = Array.from({ length: turnsTaken }, () => drawTurn(run, [attacker, victim], asked))
    await inParallel(
      turns.flatMap((turn) => (turn ? [() => takeTurn(run, turn)] : [])),
      atOnce,
    )
  },
}

/** A request, and what it was answered while nobody else asked; a write has no such answer. */
interface Asked {
  readonly party: Party
  readonly draft: Draft
  readonly alone?: Answer
}

function drawTurn(run: AttackRun, parties: readonly Party[], asked: readonly Asked[]): Asked | undefined {
  const party = run.random.pick(parties)
  const writes = run.creates.length > 0 && run.random.below(10) < writesInTen
  const reads = asked.filter((each) => each.party === party)
  if (!writes && reads.length > 0) return run.random.pick(reads)
  const operation: Operation | undefined = run.creates[run.random.below(run.creates.length || 1)]
  const draft = operation && run.draft(party, operation)
  return draft && { party, draft }
}

async function takeTurn(run: AttackRun, { party, draft, alone }: Asked): Promise<void> {
  const { operation, places } = draft
  const answer = await run.asOwner(party, draft)
  const isOneThing = isRead(operation) && places.some(({ in: at, role }) => at === 'path' && role === 'id')
  if (!alone || !isOneThing || alone.status >= 300) return
  if ([0, 401, 429].includes(answer.status) || answer.status >= 500) return
  const [old, now] = [readLeaves(alone), readLeaves(answer)]
  const [place] = differences(old, now).filter((name) => !run.steadiness.isUnsteady(operation, name))
  // A number may move as others are added; what the thing is called may not.
  if (place === undefined || (answer.status === alone.status && !Number.isNaN(Number(now.get(place))))) return
  run.report({
    ...{ kind: 'mixed', operation: operation.name, party, request: writeRequest(draft) },
    fact: `${party.id} is answered otherwise while both ask at once: \`${place || 'the text'}\` is another`,
    evidence: `${excerptOf(answer)} ⁄ alone ${excerptOf(alone)}`,
  })
}
