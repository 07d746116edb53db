import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { groupEvents, keyOfEvent } from './group-events.ts'

const events = [
  { id: 'e1', tenant: 'a', service: 'order' },
  { id: 'e1', tenant: 'a', service: 'invoice' },
  { id: 'e2', tenant: 'a', service: 'order' },
  { id: 'e1', tenant: 'b', service: 'order' },
  { id: 'row', tenant: 'b', service: null },
]

describe('events that are operated on', () => {
  it('are named beside their tenant and subscriber, so that no other one of the same id is meant', () => {
    assert.deepEqual(groupEvents(events), [
      { ids: ['e1', 'e2'], tenant: 'a', service: 'order' },
      { ids: ['e1'], tenant: 'a', service: 'invoice' },
      { ids: ['e1'], tenant: 'b', service: 'order' },
      { ids: ['row'], tenant: 'b' },
    ])
    assert.equal(new Set(events.map(keyOfEvent)).size, events.length)
  })
})
