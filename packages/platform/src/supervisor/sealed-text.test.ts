import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSealed, openText, sealText } from './sealed-text.ts'

const text = JSON.stringify({ tokenSigningKey: 'secret' })
const key = 'a key of somebody’s own'

test('what was sealed is opened with its key, and says nothing without it', () => {
  const sealed = sealText(text, key)
  assert.ok(isSealed(JSON.parse(JSON.stringify(sealed))))
  assert.equal(openText(sealed, key), text)
  assert.doesNotMatch(JSON.stringify(sealed), /secret|tokenSigningKey/)
  assert.notEqual(sealText(text, key).text, sealed.text)
})

test('another key, and every change of what was sealed, is refused', () => {
  const sealed = sealText(text, key)
  const refused = { code: 'STATE_KEY_WRONG' }
  for (const other of ['', 'another', `${key} `]) assert.throws(() => openText(sealed, other), refused)
  for (const part of ['salt', 'nonce', 'tag', 'text'] as const) {
    const bytes = Buffer.from(sealed[part], 'base64url')
    bytes.writeUInt8((bytes[0] ?? 0) ^ 1)
    assert.throws(() => openText({ ...sealed, [part]: bytes.toString('base64url') }, key), refused)
    // A tag of another length would be easier to guess.
    if (part === 'tag') {
      const short = bytes.subarray(0, 4).toString('base64url')
      assert.throws(() => openText({ ...sealed, tag: short }, key), refused)
    }
  }
  assert.ok(!isSealed({ ...sealed, sealed: 'none' }) && !isSealed(null) && !isSealed(JSON.parse(text)))
})
