import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rowsInView } from './rows-in-view.ts'

describe('rows in view', () => {
  const list = { count: 10_000, rowHeight: 40, height: 800 }

  it('are few, however long the list is, and the room around them is the list’s', () => {
    for (const scrolled of [0, 1, 39_999, 200_000, 399_200, 1e9]) {
      const { first, end, before, after } = rowsInView({ ...list, scrolled })
      assert.ok(end - first <= 46, `${end - first} rows at ${scrolled}`)
      assert.equal(before + (end - first) * 40 + after, 400_000)
    }
  })

  it('are those that the window shows', () => {
    for (const scrolled of [0, 1, 39_999, 200_000, 399_200]) {
      const { first, end } = rowsInView({ ...list, scrolled })
      assert.ok(first * 40 <= scrolled)
      assert.ok(end * 40 >= Math.min(scrolled + 800, 400_000))
    }
  })

  it('are all of a short list, also after it was scrolled further as a long one', () => {
    assert.deepEqual(rowsInView({ ...list, count: 3, scrolled: 90_000 }), {
      first: 0,
      end: 3,
      before: 0,
      after: 0,
    })
    assert.deepEqual(rowsInView({ ...list, count: 0, scrolled: 0 }), {
      first: 0,
      end: 0,
      before: 0,
      after: 0,
    })
  })
})
