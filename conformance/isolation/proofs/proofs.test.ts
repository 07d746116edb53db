import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { createPlacements } from '../placements.ts'
import { proofs } from './run-proofs.ts'

describe('the short form of the proofs', async () => {
  const placements = await createPlacements()
  after(() => placements.remove())

  for (const proof of proofs) {
    it(`${proof.name}: there is no miss`, async (test) => {
      const seed = Math.floor(Math.random() * 2 ** 31)
      test.diagnostic(`seed ${seed}`)
      const { misses, tried, control } = await proof.run({ placements, seed, scale: 'short' })
      test.diagnostic(`${tried}; ${control}`)
      assert.deepEqual(misses.slice(0, 20), [])
    })
  }
})
