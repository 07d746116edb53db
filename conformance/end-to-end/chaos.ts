import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runChaos } from '../chaos/chaos.ts'
import type { RunningSystem } from './running-system.ts'

/** The short form of `npm run test:chaos`. */
export function describeChaos(system: RunningSystem): void {
  const seed = Number(process.env.TENANTRY_SEED ?? Math.floor(Math.random() * 2 ** 31))
  describe('chaos', () => {
    it(`leaves no acknowledged order without exactly one invoice, whoever is killed (seed ${seed})`, async () => {
      const rounds = await runChaos(system, { seed, rounds: 2, orders: 25 })
      for (const { victim, faults, acknowledged } of rounds) {
        assert.deepEqual(faults, [], `${victim}, seed ${seed}`)
        assert.equal(acknowledged, 25)
      }
    })
  })
}
