import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText } from './plain-text.ts'

test('control characters of others do not reach the terminal', () => {
  assert.equal(plainText('a\u001b[2Jb\nc\u009b1m\u202ed'), 'a�[2Jb�c�1m�d')
  assert.equal(plainText('Größe: 5 €'), 'Größe: 5 €')
})
