import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { limitChanges, limitRows } from './limit-rows.ts'

const tier = { requestsPerSecond: 50, burst: null, concurrency: null, weight: 1 }
const rows = limitRows(tier, { requestsPerSecond: null, concurrency: 8, weight: null })

describe('a tenant’s limits', () => {
  it('are its tier’s, beside what was set for it alone', () => {
    assert.deepEqual(
      rows.map(({ name, ofTier, own }) => [name, ofTier, own]),
      [
        ['requestsPerSecond', 50, null],
        ['concurrency', null, 8],
        ['weight', 1, null],
      ],
    )
    assert.ok(limitRows(undefined, null).every(({ ofTier, own }) => ofTier === null && own === null))
  })

  it('change by what was written alone; an empty field goes back to the tier’s', () => {
    assert.deepEqual(limitChanges(rows, { requestsPerSecond: '', concurrency: '8', weight: ' ' }), {})
    assert.deepEqual(limitChanges(rows, { requestsPerSecond: '2.5', concurrency: '', weight: '' }), {
      requestsPerSecond: 2.5,
      concurrency: null,
    })
  })
})
