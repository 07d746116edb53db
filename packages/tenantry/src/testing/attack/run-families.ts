import { TenantryError } from '@tenantry/context'
import { attackFamilies } from './attack-families.ts'
import { type AttackFamilyName, attackFamilyNames } from './attack-family-name.ts'
import type { FamilyRun } from './attack-report.ts'
import type { AttackRun } from './attack-run.ts'
import { type Budget, BudgetSpent } from './budget.ts'
import type { AttackFamily } from './family.ts'
import { isRead } from './openapi/operation.ts'
import { exploreService, plant } from './plant.ts'

/** What a service does by itself after a write, it has mostly done by then. */
const jobsMs = 100

/** Runs all families but those to be skipped, each on newly planted things. Rejects with `ATTACK_NOTHING_PLANTED`. */
export async function runFamilies(
  run: AttackRun,
  budget: Budget,
  skips: (family: AttackFamilyName) => boolean,
): Promise<FamilyRun[]> {
  const ran = attackFamilyNames.filter((family) => !skips(family))
  // What is not reached cannot be attacked: it may take more than a family's share.
  budget.share(3)
  await untilSpent(() => exploreService(run))
  requirePlanted(run)
  await untilSpent(async () => {
    for (const party of run.parties) await plant(run, party)
    await run.settle(jobsMs)
  })
  const runs = new Map<AttackFamilyName, FamilyRun>()
  for (const [at, family] of ran.entries()) {
    const before = budget.spent
    budget.share(ran.length - at)
    run.family = family
    run.tried = false
    const isFinished = await untilSpent(() => runFamily(run, attackFamilies[family]))
    const outcome = isFinished ? (run.tried ? 'finished' : 'idle') : 'unfinished'
    runs.set(family, { family, requests: budget.spent - before, outcome })
  }
  return attackFamilyNames.map((family) => runs.get(family) ?? { family, requests: 0, outcome: 'skipped' })
}

async function runFamily(
  run: AttackRun,
  { attack, ownersWrite = false, isOneWay }: AttackFamily,
): Promise<void> {
  for (const party of run.parties) await plant(run, party)
  const [one, other] = run.random.below(2) === 0 ? run.parties : run.parties.toReversed()
  if (!one || !other) return
  const directions = [
    { attacker: one, victim: other },
    { attacker: other, victim: one },
  ]
  for (const { attacker, victim } of isOneWay ? directions.slice(1) : directions) {
    await run.lookFirst(victim)
    await attack(run, attacker, victim)
    await run.lookAgain(victim, { ownersWrite })
  }
}

async function untilSpent(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (error instanceof BudgetSpent) return false
    throw error
  }
}

function requirePlanted(run: AttackRun): void {
  const barren = run.parties.find(({ succeeded }) => {
    const writes = [...succeeded.values()].filter(({ operation }) => !isRead(operation))
    return !writes.some(({ places }) =>
      places.some(({ in: place, role }) => place === 'body' && role === 'text'),
    )
  })
  if (!barren) return
  const tried = [...run.lastReason].map(([{ name }, reason]) => `${name}: ${reason}`)
  throw new TenantryError(
    'ATTACK_NOTHING_PLANTED',
    `\`${barren.id}\` could write nothing, so nothing can be found`,
    {
      help: `give the tenant a role that may create things, and describe bodies with texts; ${tried.slice(0, 5).join('; ')}`,
      details: { tried },
    },
  )
}
