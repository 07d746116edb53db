import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { measurePair, summarise } from './measure.ts'

describe('paired rounds', () => {
  it('come to the median of the ratios of neighbours, which a machine that slows down does not change', () => {
    const rounds = [1, 0.9, 0.5, 0.25, 0.1].map((speed) => ({ ours: 800 * speed, peer: 1000 * speed }))
    const { ours, peer, ratio, quartiles } = summarise(rounds)
    assert.deepEqual([ours, peer], [400, 500])
    assert.ok(Math.abs(ratio - 0.8) < 1e-9)
    for (const quartile of quartiles) assert.ok(Math.abs(quartile - 0.8) < 1e-9)
  })

  it('are not moved by one round that went wrong', () => {
    const rounds = [1, 1, 20, 1, 1].map((hiccup) => ({ ours: 90, peer: 100 / hiccup }))
    assert.equal(summarise(rounds).ratio, 0.9)
  })

  it('alternate, each side going first in every other round', async () => {
    const turns: string[] = []
    const turn = (side: string) => async () => {
      if (turns.at(-1) !== side) turns.push(side)
      await sleep(1)
    }
    await measurePair({ ours: turn('ours'), peer: turn('peer') }, { concurrency: 2, rounds: 2, roundMs: 5 })
    // Warm-up, then ours and peer, then peer and ours.
    assert.deepEqual(turns, ['ours', 'peer', 'ours', 'peer', 'ours'])
  })

  it('tell a side that takes twice as long', async () => {
    const pair = { ours: () => sleep(20), peer: () => sleep(10) }
    const { ratio } = await measurePair(pair, { concurrency: 4, rounds: 3, roundMs: 120 })
    assert.ok(ratio > 0.4 && ratio < 0.65, `${ratio}`)
  })

  it('end with the error of a transaction', async () => {
    const pair = { ours: async () => undefined, peer: () => Promise.reject(new Error('broken')) }
    await assert.rejects(measurePair(pair, { concurrency: 1, rounds: 1, roundMs: 1 }), { message: 'broken' })
  })
})
