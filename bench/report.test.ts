import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DelayResult, type RateResult, rowAsJson, rowsAsTable, type SizeResult } from './report.ts'

const rate: RateResult = {
  ...{ row: 'rate', title: 'a rate', goal: 1, met: false },
  ...{ ours: 80.4, peer: 100, ratio: 0.804, quartiles: [0.7, 0.9] },
}
const delay: DelayResult = {
  ...{ row: 'delay', title: 'a delay', goal: 50, met: true, ratio: 0.5 },
  ...{ ours: { p50: 10, p95: 20.25 }, peer: { p50: 20, p95: 30 } },
}
const size: SizeResult = { row: 'size', title: 'a size', kb: 104.25, goal: 300, met: true }

describe('what a bench tells', () => {
  it('is one object a row for machines, in the unit that the row is measured in', () => {
    assert.deepEqual(JSON.parse(rowAsJson(rate)), {
      ...{ row: 'rate', ours: 80, peer: 100, ratio: 0.804, quartiles: [0.7, 0.9], goal: 1, met: false },
    })
    assert.deepEqual(JSON.parse(rowAsJson(delay)), {
      ...{ row: 'delay', unit: 'ms', ours: 10, peer: 20, oursP95: 20.25, peerP95: 30 },
      ...{ ratio: 0.5, goal: 50, met: true },
    })
    assert.deepEqual(JSON.parse(rowAsJson(size)), {
      ...{ row: 'size', unit: 'kB', ours: 104.25, peer: null, ratio: null, goal: 300, met: true },
    })
  })

  it('is a table of what is counted per second and one of what takes its time, and neither without rows', () => {
    const [rates = '', delays = ''] = rowsAsTable([delay, rate]).split('\n\n')
    assert.match(rates, /\| a rate +\| 80\.4 +\| 100 +\| 0\.80× \| 0\.70–0\.90 \| ≥ 1 +\| \*\*no\*\* \|/)
    assert.match(delays, /\| a delay \| 10\.0 ms +\| 20\.3 ms \| 20\.0 ms +\| 30\.0 ms \| ≤ 50 ms \| yes \|/)
    assert.equal(rowsAsTable([rate]), rates)
    assert.match(rowsAsTable([size]), /\| a size \| 104\.[23] kB \| ≤ 300 kB \| yes \|/)
    assert.equal(rowsAsTable([size, rate]), `${rates}\n\n${rowsAsTable([size])}`)
    assert.equal(rowsAsTable([delay]), delays)
  })
})
