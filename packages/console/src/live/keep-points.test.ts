import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keepPoints, shownMs } from './keep-points.ts'

const at = (...times: number[]) => times.map((atMs) => ({ atMs, total: {} as never }))
const times = (points: ReturnType<typeof keepPoints>) => points.map(({ atMs }) => atMs)

describe('the points of the live stream', () => {
  it('are kept in order, each once, also when the stream begins again', () => {
    assert.deepEqual(times(keepPoints(at(1_000, 2_000), at(1_000, 2_000, 3_000))), [1_000, 2_000, 3_000])
  })

  it('end with what the page shows', () => {
    assert.deepEqual(times(keepPoints(at(0, 1_000, shownMs), at(shownMs + 500))), [
      1_000,
      shownMs,
      shownMs + 500,
    ])
  })
})
