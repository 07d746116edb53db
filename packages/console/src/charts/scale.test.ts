import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { niceCeiling, niceTicks, scaleLinear } from './scale.ts'

describe('a scale', () => {
  it('takes values to places in proportion, upside down as well', () => {
    const y = scaleLinear([0, 50], [100, 0])
    assert.deepEqual([0, 25, 50].map(y), [100, 50, 0])
  })

  it('takes a range of no length to one place', () => {
    assert.equal(scaleLinear([3, 3], [10, 20])(3), 10)
  })

  it('ends at a round value that is no less than the largest, and at most twice as much', () => {
    for (let value = 0.001; value < 1e7; value *= 1.37) {
      const top = niceCeiling(value)
      assert.ok(top >= value && top <= 2 * value, `${value}: ${top}`)
    }
    assert.deepEqual([0, -1, Number.NaN, 0.3, 21, 1_000].map(niceCeiling), [1, 1, 1, 0.3, 30, 1_000])
  })

  it('has round ticks from nothing to its end', () => {
    assert.deepEqual(niceTicks(845, 4), [0, 250, 500, 750])
    assert.deepEqual(niceTicks(0.5, 5), [0, 0.1, 0.2, 0.3, 0.4, 0.5])
  })
})
