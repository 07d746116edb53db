import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { generateSigningJwk, publicJwk } from '@tenantry/context'
import { type KeptSigningKey, TokenSigningKeys } from './token-signing-keys.ts'

const first = generateSigningJwk()
const kidOf = (jwk: typeof first) => publicJwk(jwk).kid

function start(kept: readonly KeptSigningKey[] = [{ jwk: first, signsAtMs: 0 }]) {
  let nowMs = 1_000_000
  const written: (readonly KeptSigningKey[])[] = []
  const options = {
    now: () => nowMs,
    keep: async (keys: readonly KeptSigningKey[]) => void written.push(keys),
  }
  return { keys: new TokenSigningKeys(kept, options), written, pass: (ms: number) => (nowMs += ms), options }
}

describe('the signing keys of tokens', () => {
  it('follow one another: published, signing, expiring, gone', async () => {
    const { keys, pass } = start()
    const states = () => keys.states.map(({ state }) => state)
    assert.deepEqual(states(), ['signing'])
    await keys.rotate()
    const [old, next] = keys.published.map(({ kid }) => kid)
    assert.deepEqual([states(), old], [['signing', 'published'], kidOf(first)])
    pass(34_999)
    assert.equal(keys.current.kid, old, 'verifiers have 35 s to learn of it')
    pass(1)
    assert.equal(keys.current.kid, next)
    assert.deepEqual(states(), ['expiring', 'signing'])
    assert.ok(keys.find(old ?? '') && keys.find(next ?? ''))
    pass(74_999)
    assert.deepEqual(states(), ['expiring', 'signing'])
    pass(1)
    assert.deepEqual(states(), ['signing'])
    assert.deepEqual(
      keys.published.map(({ kid }) => kid),
      [next],
    )
    assert.equal(keys.find(old ?? ''), undefined, 'what it signed is refused')
  })

  it('are kept before one is published, and a restart at any moment goes on from what was kept', async () => {
    const { keys, written, pass, options } = start()
    await keys.rotate()
    const [kept = []] = written
    assert.equal(kept.length, 2)
    for (const ms of [0, 35_000, 75_000]) {
      pass(ms)
      const again = new TokenSigningKeys(kept, options)
      assert.deepEqual(again.states, keys.states)
      assert.equal(again.current.kid, keys.current.kid)
    }
  })

  it('do not rotate twice at once, nor where a new one cannot be kept', async () => {
    const { keys, pass } = start()
    await keys.rotate()
    await assert.rejects(keys.rotate(), { code: 'TOKEN_KEYS_ROTATING', status: 409 })
    pass(35_000 + 74_000)
    await assert.rejects(keys.rotate(), { code: 'TOKEN_KEYS_ROTATING' })
    pass(1_000)
    await keys.rotate()
    const fixed = new TokenSigningKeys([{ jwk: first, signsAtMs: 0 }])
    await assert.rejects(fixed.rotate(), { code: 'TOKEN_KEYS_FIXED' })
    assert.equal(fixed.published.length, 1)
    const failing = new TokenSigningKeys([{ jwk: first, signsAtMs: 0 }], {
      keep: () => Promise.reject(new Error('the disk is full')),
    })
    await assert.rejects(failing.rotate(), { message: 'the disk is full' })
    assert.equal(failing.published.length, 1, 'nothing is published that was not kept')
  })

  it('are none while every one of them is to sign later', () => {
    const { keys } = start([{ jwk: first, signsAtMs: 2_000_000 }])
    assert.throws(() => keys.current, { code: 'TOKEN_KEYS_INVALID' })
  })
})
