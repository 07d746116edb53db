import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { averageCalls } from './average-calls.ts'

describe('calls over the last seconds', () => {
  it('are averaged by who calls whom, seconds without any included; the most come first', () => {
    const call = (from: string, perSecond: number) => ({ from, to: 'order.pool', perSecond })
    assert.deepEqual(averageCalls([[call('relay', 2)], [], [call('relay', 4), call('gateway', 9)]]), [
      call('gateway', 3),
      call('relay', 2),
    ])
    assert.deepEqual(averageCalls([]), [])
  })
})
