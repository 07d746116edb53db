import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describePlacement } from './describe-placement.ts'

describe('where a tier puts its tenants', () => {
  it('is told by what is the exception', () => {
    const [pool, silo] = ['pool', 'silo'] as const
    for (const [placement, words] of [
      [{ '*': pool }, 'everything in the pool'],
      [{ '*': silo }, 'everything in a silo of its own'],
      [{ order: silo, '*': pool }, 'order in a silo of its own, the rest in the pool'],
      [{ a: silo, b: silo, c: silo, d: pool }, 'a, b and c in a silo of its own, the rest in the pool'],
      [{ a: pool, b: pool, '*': silo }, 'all but a and b in a silo of its own'],
      [{ a: pool }, 'everything in the pool'],
    ] as const) {
      assert.equal(describePlacement({ placement }), words)
    }
  })
})
