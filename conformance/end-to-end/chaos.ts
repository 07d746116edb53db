import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runChaos } from '../chaos/chaos.ts'
import { outages, withholdTokenService } from '../chaos/token-service-outage.ts'
import type { RunningSystem } from './running-system.ts'

/** The short form of `npm run test:chaos`. */
export function describeChaos(system: RunningSystem): void {
  const seed = Number(process.env.TENANTRY_SEED ?? Math.floor(Math.random() * 2 ** 31))
  describe('chaos', () => {
    it(`leaves no acknowledged order without exactly one invoice, whoever is killed (seed ${seed})`, async () => {
      const rounds = await runChaos(system, { seed, rounds: 2, orders: 25 })
      for (const { victim, faults, acknowledged } of rounds) {
        assert.deepEqual(faults, [], `${victim}, seed ${seed}`)
        assert.equal(acknowledged, 30)
      }
    })

    for (const how of outages) {
      it(`lets open work end, refuses new work and comes back by itself with the token service ${how}`, async () => {
        const { faults, open, finished } = await withholdTokenService(system, { how, forMs: 4_000 })
        assert.deepEqual(faults, [])
        assert.equal(finished, open)
      })
    }
  })
}
