import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Evidence } from './evidence.ts'
import { Markers } from './markers.ts'
import { Party } from './party.ts'
import { SeededRandom } from './seeded-random.ts'

const markers = new Markers(new SeededRandom(1))
const [red, blue] = ['red', 'blue'].map((id) => new Party(id, () => ({}))) as [Party, Party]
const answer = (body: string, headers = {}) => ({ status: 200, headers, body })

describe('evidence', () => {
  it('is a marker of another, in a body or a header, and never one’s own', () => {
    const evidence = new Evidence(markers)
    const marker = markers.issue('red')
    assert.deepEqual(evidence.find(blue, answer(`{"text":"${marker}"}`)), [{ canary: marker, owner: 'red' }])
    assert.equal(evidence.find(blue, answer('', { location: `/x/${marker}` })).length, 1)
    assert.deepEqual(evidence.find(red, answer(marker)), [])
  })

  it('is an id that the service made for another', () => {
    const evidence = new Evidence(markers)
    evidence.addId('0b3719e7-d201-4d2b-bc5f-d5ff54466e4e', red)
    assert.equal(evidence.find(blue, answer('see 0b3719e7-d201-4d2b-bc5f-d5ff54466e4e')).length, 1)
    assert.deepEqual(evidence.find(red, answer('0b3719e7-d201-4d2b-bc5f-d5ff54466e4e')), [])
  })

  it('is nothing that the party sent itself: an echo tells nothing', () => {
    const evidence = new Evidence(markers)
    const [sent, other] = [markers.issue('red'), markers.issue('red')]
    evidence.recordSent(blue, { method: 'GET', target: `/notes?text=${sent}`, headers: [] })
    const found = evidence.find(blue, answer(`${sent} ${other}`))
    assert.deepEqual(found, [{ canary: other, owner: 'red' }])
  })

  it('is told once when it came up in an ordinary request', () => {
    const evidence = new Evidence(markers)
    const marker = markers.issue('red')
    evidence.settle(blue, evidence.find(blue, answer(marker)))
    assert.deepEqual(evidence.find(blue, answer(marker)), [])
  })
})
