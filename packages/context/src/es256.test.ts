import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, it } from 'node:test'
import { signEs256, verifyEs256 } from './es256.ts'

const raw = { dsaEncoding: 'ieee-p1363' } as const
const rounds = 2_000

describe('ES256', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const input = (round: number) => Buffer.from(`the input of round ${round}`)
  const [one, two] = [Buffer.from('one'), Buffer.from('two')]

  it('signs what OpenSSL’s own raw form verifies, short integers and high bits among them', () => {
    const firsts = new Set<string>()
    for (let round = 0; round < rounds; round++) {
      const signature = signEs256(input(round), privateKey)
      assert.equal(signature.length, 64)
      assert.ok(verify('sha256', input(round), { key: publicKey, ...raw }, signature))
      for (const at of [0, 32]) firsts.add(kindOf(signature[at] ?? 0))
    }
    assert.deepEqual([...firsts].sort(), ['high', 'low', 'zero'])
  })

  it('verifies what OpenSSL signed in its raw form', () => {
    for (let round = 0; round < rounds; round++) {
      const signature = sign('sha256', input(round), { key: privateKey, ...raw })
      assert.ok(verifyEs256(input(round), publicKey, signature))
    }
  })

  it('refuses another input, another key, and every signature with a bit turned', () => {
    const signature = signEs256(one, privateKey)
    assert.equal(verifyEs256(two, publicKey, signature), false)
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
    assert.equal(verifyEs256(one, other, signature), false)
    for (let bit = 0; bit < 512; bit++) {
      const turned = Buffer.from(signature)
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.equal(verifyEs256(one, publicKey, turned), false, `bit ${bit}`)
    }
  })

  it('refuses a signature of another length, of zeros, of ones and of the group’s order', () => {
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
    const signature = signEs256(one, privateKey)
    const bad = [
      Buffer.alloc(0),
      signature.subarray(1),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.alloc(64),
      Buffer.alloc(64, 0xff),
      Buffer.concat([order, order]),
      Buffer.concat([signature.subarray(0, 32), Buffer.alloc(32)]),
      Buffer.concat([Buffer.alloc(32), signature.subarray(32)]),
    ]
    for (const wrong of bad) assert.equal(verifyEs256(one, publicKey, wrong), false, wrong.toString('hex'))
  })
})

function kindOf(byte: number): 'zero' | 'low' | 'high' {
  if (byte === 0) return 'zero'
  return byte > 0x7f ? 'high' : 'low'
}
