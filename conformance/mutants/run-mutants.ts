import type { Mutant } from './mutant.ts'
import { type Ending, runTests } from './run-tests.ts'
import { createWorkingCopy, type WorkingCopy } from './working-copy.ts'

/** What became of a mutant. */
export interface Fate {
  readonly mutant: Mutant
  /** True when a test failed, or did not end in time. A mutant with which the tests cannot even start is not killed. */
  readonly killed: boolean
  readonly by: string
  readonly seconds: number
}

/**
 * Runs each mutant's tests against it, two at a time, and says each fate as it is known. The sources as they are have to
 * pass the same tests first: throws when they do not.
 */
export async function runMutants(
  mutants: readonly Mutant[],
  { told = () => undefined }: { told?: (fate: Fate) => void } = {},
): Promise<Fate[]> {
  const copies = [createWorkingCopy(), createWorkingCopy()]
  try {
    await requirePassing(copies, [...new Set(mutants.flatMap(({ tests }) => tests))])
    const fates = new Map<Mutant, Fate>()
    await shareOut(copies, mutants, async (copy, mutant) => {
      const startedAt = performance.now()
      const ending = await copy.withMutant(mutant, () => runTests(copy.root, mutant.tests))
      const fate = { mutant, ...judge(ending), seconds: (performance.now() - startedAt) / 1000 }
      fates.set(mutant, fate)
      told(fate)
    })
    return mutants.flatMap((mutant) => fates.get(mutant) ?? [])
  } finally {
    for (const copy of copies) copy.remove()
  }
}

async function requirePassing(copies: readonly WorkingCopy[], files: readonly string[]): Promise<void> {
  await shareOut(copies, files, async (copy, file) => {
    const ending = await runTests(copy.root, [file])
    if (ending.kind !== 'passed') throw new Error(`${file} fails without a mutant: ${judge(ending).by}`)
  })
}

async function shareOut<T>(
  copies: readonly WorkingCopy[],
  work: readonly T[],
  run: (copy: WorkingCopy, item: T) => Promise<void>,
): Promise<void> {
  const left = work.values()
  await Promise.all(
    copies.map(async (copy) => {
      for (const item of left) await run(copy, item)
    }),
  )
}

function judge(ending: Ending): { killed: boolean; by: string } {
  switch (ending.kind) {
    case 'passed':
      return { killed: false, by: 'SURVIVED' }
    case 'late':
      return { killed: true, by: 'the timeout of the run' }
    case 'broken':
      return { killed: false, by: `NOT RUN: ${ending.why}` }
    case 'failed':
      return { killed: true, by: ending.failure.test + (ending.failure.isTimeout ? ' (by timeout)' : '') }
  }
}
