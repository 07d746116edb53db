import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatAge } from './times.ts'

describe('an age', () => {
  it('is told in the unit that says most', () => {
    const [s, min, h, d] = [1_000, 60_000, 3_600_000, 86_400_000]
    assert.deepEqual([s, 40 * s, 119 * s, 12 * min, 119 * min, 3 * h, 47 * h, 5 * d].map(formatAge), [
      'just now',
      '40 s',
      '119 s',
      '12 min',
      '119 min',
      '3 h',
      '47 h',
      '5 d',
    ])
  })

  it('is no less than nothing where two clocks differ', () => {
    assert.equal(formatAge(-5_000), 'just now')
  })
})
