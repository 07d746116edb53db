import { createPlacements } from '../placements.ts'
import { forgedLeases } from './forged-leases.ts'
import { interleaving } from './interleaving.ts'
import { poisonedConnections } from './poisoned-connections.ts'
import type { Proof, ProofResult, Scale } from './proof.ts'

/** The long proofs of isolation. */
export const proofs: readonly Proof[] = [forgedLeases, interleaving, poisonedConnections]

/** A proof's result and how long it took. */
export interface TimedResult extends ProofResult {
  readonly seconds: number
}

/** Runs the proofs one after the other, each on databases of its own. */
export async function* runProofs(options: { seed: number; scale: Scale }): AsyncGenerator<TimedResult> {
  for (const proof of proofs) {
    const placements = await createPlacements()
    const startedAt = performance.now()
    try {
      const result = await proof.run({ ...options, placements })
      yield { ...result, seconds: (performance.now() - startedAt) / 1000 }
    } finally {
      await placements.remove()
    }
  }
}
