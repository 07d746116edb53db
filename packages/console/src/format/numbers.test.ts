import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatBytes, formatCount, formatMoney, formatMs, formatRate, formatShare } from './numbers.ts'

describe('figures', () => {
  it('are told with as many digits as are read at a glance', () => {
    assert.deepEqual([0, 0.25, 7.44, 84.4, 1_204.2, 12_040].map(formatRate), [
      '0',
      '0.25',
      '7.4',
      '84',
      '1,204',
      '12K',
    ])
    assert.deepEqual([0, 0.84, 42.4, 1_250, 42_300, 200_000, 7_260_000].map(formatMs), [
      '0 ms',
      '0.8 ms',
      '42 ms',
      '1.25 s',
      '42.3 s',
      '3 min 20 s',
      '2 h 1 min',
    ])
    assert.deepEqual([0, 999, 1_200, 34_000_000, 999_999].map(formatBytes), [
      '0 B',
      '999 B',
      '1.2 kB',
      '34 MB',
      '1,000 kB',
    ])
    assert.deepEqual([12, 1_204, 120_400].map(formatCount), ['12', '1,204', '120.4K'])
    assert.deepEqual([0, 0.004, 0.25, 1].map(formatShare), ['0 %', '0.4 %', '25 %', '100 %'])
  })

  it('are never told as nothing where there is something', () => {
    assert.equal(formatRate(0.001), '<0.01')
    assert.equal(formatMoney(0.000_123_4, 'USD'), '$0.00012')
  })

  it('are a dash where there is none', () => {
    assert.equal(formatMs(null), '–')
  })

  it('keep a currency that nobody knows', () => {
    assert.equal(formatMoney(1.5, 'EUR'), '€1.50')
    assert.equal(formatMoney(1.5, 'credits'), '1.50 credits')
  })
})
