import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pages } from '../routing/route.ts'
import { shortcutOf } from './shortcut.ts'

describe('a key', () => {
  it('goes to each page by its number, and by its letter after g', () => {
    for (const [at, { page, letter }] of pages.entries()) {
      assert.deepEqual(shortcutOf(String(at + 1), false), { kind: 'go', page })
      assert.deepEqual(shortcutOf(letter, true), { kind: 'go', page })
    }
  })

  it('means nothing by a letter alone, or a number beyond the pages', () => {
    for (const key of ['o', 't', 'm', '7', '0', 'Enter']) assert.equal(shortcutOf(key, false), null)
  })

  it('searches, shows the keys and changes the theme', () => {
    assert.deepEqual(
      ['/', '?', 'd', 'g'].map((key) => shortcutOf(key, false)?.kind),
      ['search', 'keys', 'theme', 'lead'],
    )
  })
})
