import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { areaPath, linePath } from './paths.ts'

const places = [
  { x: 0, y: 4 },
  { x: 10, y: 2 },
  { x: 20, y: null },
  { x: 30, y: 1 },
  { x: 90, y: 3 },
]

describe('a line of a chart', () => {
  it('is broken where nothing is known, and where too much time lies between', () => {
    assert.equal(linePath(places, 50), 'M0 4L10 2M30 1M90 3')
    assert.equal(linePath(places), 'M0 4L10 2M30 1L90 3')
  })

  it('has an area that ends where the line does', () => {
    assert.equal(areaPath(places.slice(0, 3), 9), 'M0 9L0 4L10 2L10 9Z')
  })

  it('is nothing without a value', () => {
    assert.equal(linePath([{ x: 0, y: null }]), '')
    assert.equal(areaPath([], 9), '')
  })
})
