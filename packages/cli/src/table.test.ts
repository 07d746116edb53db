import assert from 'node:assert/strict'
import { test } from 'node:test'
import { table } from './table.ts'

test('columns are as wide as their widest cell, colours not counted', () => {
  const rows = [
    ['tenant', 'tier'],
    ['\u001b[1ma\u001b[22m', 'basic'],
  ]
  assert.equal(table(rows, '  '), '  tenant  tier\n  \u001b[1ma\u001b[22m       basic')
})

test('no rows give no text', () => {
  assert.equal(table([]), '')
})
