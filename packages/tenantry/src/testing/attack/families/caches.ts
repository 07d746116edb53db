import type { AttackRun } from '../attack-run.ts'
import { type Draft, writeRequest } from '../draft.ts'
import { excerptOf } from '../excerpt.ts'
import type { AttackFamily } from '../family.ts'
import type { Answer } from '../http-client.ts'
import type { Party } from '../party.ts'

/** Both ask for the same address in turn, and one brings what the other's answer was tagged with. */
export const caches: AttackFamily = {
  about: 'asks for the same addresses in turn, with the other’s ETag, by HEAD and in ranges',
  async attack(run, attacker, victim) {
    for (const operation of run.reads) {
      const theirs = run.draft(victim, operation)
      if (!theirs) continue
      const first = await run.asOwner(victim, theirs)
      if (first.status >= 300) continue
      const plain = await run.attack(attacker, victim, theirs)
      await run.asOwner(victim, theirs)
      await run.attack(attacker, victim, theirs, { headers: [['range', 'bytes=0-400']] })
      await run.attack(attacker, victim, theirs, { headers: [['cache-control', 'only-if-cached']] })
      const head = { ...writeRequest(theirs), method: 'HEAD' }
      const headed = await run.attackRaw(attacker, head, operation.name)
      if (plain.status >= 400 && headed.status < 300 && headed.status > 0) {
        run.report({
          ...{ kind: 'head', operation: operation.name, party: attacker, request: head },
          fact: `HEAD tells ${attacker.id} of what GET answers ${plain.status}`,
          evidence: excerptOf(headed),
        })
      }
      await compareTags(run, { attacker, victim, draft: theirs, tagged: first, plain })
    }
  },
}

interface Tagged {
  readonly attacker: Party
  readonly victim: Party
  readonly draft: Draft
  readonly tagged: Answer
  readonly plain: Answer
}

async function compareTags(
  run: AttackRun,
  { attacker, victim, draft, tagged, plain }: Tagged,
): Promise<void> {
  const { etag } = tagged.headers
  // The same tag on the same text is no secret.
  if (etag === undefined || etag === plain.headers.etag) return
  const headers = [['if-none-match', etag]] as const
  const answer = await run.attack(attacker, victim, draft, { headers })
  if (answer.status !== 304) return
  const made = randomTag(etag)
  const unknown = await run.attack(attacker, victim, draft, { headers: [['if-none-match', made]] })
  if (unknown.status === 304) return
  run.report({
    ...{
      kind: 'etag',
      operation: draft.operation.name,
      party: attacker,
      request: writeRequest(draft, headers),
    },
    fact: `304 tells ${attacker.id} what ${victim.id} has: the tag is ${victim.id}’s`,
    evidence: excerptOf(answer),
  })
}

function randomTag(etag: string): string {
  return etag.replace(/[a-z0-9]/gi, (letter) => (letter === 'a' ? 'b' : 'a'))
}
