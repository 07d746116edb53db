import type { AttackRun } from './attack-run.ts'
import { isRead, type Operation } from './openapi/operation.ts'
import type { Party, Reached } from './party.ts'

/** Writes plant as much as they can; reads are not to be narrowed by what is optional. */
const ways = (operation: Operation): readonly Reached[] => {
  const variants: Reached['variant'][] = isRead(operation) ? ['required', 'full'] : ['full', 'required']
  return [
    ...variants.map((variant) => ({ variant, branch: 0 })),
    { variant: 'example', branch: 0 },
    { variant: 'full', branch: 1 },
  ]
}
const passesMax = 4

/** Finds out how each operation is reached: writes first, each with new markers, then reads, then what deletes. */
export async function exploreService(run: AttackRun): Promise<void> {
  const { operations } = run
  const writes = operations.filter((operation) => !isRead(operation) && operation.method !== 'DELETE')
  const reads = operations.filter(isRead)
  // What one answer tells, the next request needs: until nothing new is reached.
  for (let pass = 0; pass < passesMax; pass++) {
    const before = run.reached.size
    for (const operation of [...inOrder(writes), ...inOrder(reads)]) {
      if (run.reached.has(operation)) continue
      for (const party of run.parties) await reach(run, party, operation)
    }
    if (run.reached.size === before) break
  }
  for (const operation of operations.filter(({ method }) => method === 'DELETE'))
    await reach(run, run.parties[run.random.below(2)] ?? run.parties[0], operation)
}

/** Gives a party new things of each kind, with new markers in them; what is put in one place, it puts there anew. */
export async function plant(run: AttackRun, party: Party): Promise<void> {
  const operations = run.attackable.filter(({ method }) => method === 'POST' || method === 'PUT')
  for (const operation of inOrder(operations)) {
    const draft = run.draft(party, operation)
    if (draft) await run.asOwner(party, draft)
  }
}

async function reach(run: AttackRun, party: Party, operation: Operation): Promise<void> {
  const known = run.reached.get(operation)
  for (const way of known ? [known] : ways(operation)) {
    const draft = run.draft(party, operation, way)
    if (!draft) {
      if (!run.lastReason.has(operation))
        run.lastReason.set(operation, 'nothing that its path names was found')
      continue
    }
    const { status } = await run.asOwner(party, draft)
    if (status < 200 || status >= 400) continue
    if (!run.reached.has(operation)) run.reached.set(operation, way)
    if (operation.method === 'DELETE')
      for (const value of Object.values(draft.values.path)) party.known.forget(value)
    return
  }
}

/** What has fewer parameters in its path comes first: it makes what the others need. */
function inOrder(operations: readonly Operation[]): Operation[] {
  const depth = ({ path }: Operation) => path.split('{').length
  return [...operations].sort((one, other) => depth(one) - depth(other))
}
