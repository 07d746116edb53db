import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLine } from './json-line.ts'

test('a line of JSON is the same value, and has no control character', () => {
  const value = { name: 'a\n\x1b\x9b2J\u202e\u2028\u{e0001}Ü⚡', figure: 1.5 }
  const line = jsonLine(value)
  assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
  assert.deepEqual(JSON.parse(line), value)
  assert.match(line, /Ü⚡/)
})
