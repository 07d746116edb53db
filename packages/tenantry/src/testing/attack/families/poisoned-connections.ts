import type { AttackRun } from '../attack-run.ts'
import { type Draft, withValue, writeRequest } from '../draft.ts'
import type { AttackFamily } from '../family.ts'
import { inParallel } from '../in-parallel.ts'
import type { Party } from '../party.ts'

const rounds = 3
const atOnce = 6

/** What databases and parsers choke on, at different depths, and what would stay on a connection. */
const poisons = ({ id }: Party) => [
  ...['\u0000', '\ud800', '9'.repeat(400), "'", '2031-99-99', '[', '-1', 'x'.repeat(70_000)],
  ...[`'; set app.tenant_id = '${id}'; set app.tenant = '${id}'; --`, `'; begin; set role none; --`],
]

/** Fails and hangs up in the middle of work, so that connections are left as they are; then both ask in the ordinary way. */
export const poisonedConnections: AttackFamily = {
  about: 'fails and hangs up in the middle of work, then lets both ask',
  ownersWrite: true,
  async attack(run, attacker, victim) {
    for (let round = 0; round < rounds; round++) {
      const poisoned = drawDrafts(run, attacker).flatMap((draft) => poison(run, draft, victim) ?? [])
      await inParallel(
        poisoned.map((draft) => () => run.attack(attacker, victim, draft)),
        atOnce,
      )
      const cut = drawDrafts(run, attacker).map((draft) => ({ draft, abortAfterMs: run.random.below(4) }))
      await inParallel(
        cut.map(
          ({ draft, abortAfterMs }) =>
            () =>
              run.attack(attacker, victim, draft, { abortAfterMs }),
        ),
        atOnce,
      )
      const asks = [victim, attacker].flatMap((party) =>
        run.reads.flatMap((operation) => {
          const draft = run.draft(party, operation)
          return draft ? [() => run.asOwner(party, draft)] : []
        }),
      )
      await inParallel(asks, asks.length)
    }
  },
}

function drawDrafts(run: AttackRun, attacker: Party): Draft[] {
  const operations = run.attackable.filter(({ method }) => method !== 'DELETE')
  return Array.from({ length: atOnce }, () => {
    const operation = run.random.pick(operations)
    return run.draft(attacker, operation, { variant: 'full', branch: 0 }) ?? run.draft(attacker, operation)
  }).filter((draft) => draft !== undefined)
}

function poison(run: AttackRun, draft: Draft, victim: Party): Draft | undefined {
  const places = draft.places.filter(({ role }) => role !== 'tenant')
  if (places.length === 0) return undefined
  const poisoned = withValue(draft, run.random.pick(places), run.random.pick(poisons(victim)))
  return isSendable(poisoned) ? poisoned : undefined
}

/** Half a character cannot be written into an address. */
function isSendable(draft: Draft): boolean {
  try {
    return writeRequest(draft).target.length < 8_000
  } catch {
    return false
  }
}
