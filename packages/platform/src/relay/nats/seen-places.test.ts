import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeenPlaces } from './seen-places.ts'

test('a place that stays unknown over two checks is missed, one that is on its way is not', () => {
  const seen = new SeenPlaces()
  seen.add(1)
  assert.equal(seen.started, false)
  seen.startAt(5)
  seen.add(6)
  seen.add(8)
  assert.equal(seen.misses(8), false)
  assert.equal(seen.firstUnknown, 7)
  assert.deepEqual(
    [5, 6, 7, 8].map((seq) => seen.has(seq)),
    [true, true, false, true],
  )
  seen.add(7)
  assert.equal(seen.misses(9), false)
  assert.equal(seen.misses(9), true)
  seen.startAt(9)
  assert.deepEqual([seen.misses(9), seen.misses(9)], [false, false])
})

test('a stream that ends before what is known is another one', () => {
  const seen = new SeenPlaces()
  seen.startAt(5)
  assert.deepEqual([seen.isBefore(5), seen.isBefore(4)], [false, true])
})
