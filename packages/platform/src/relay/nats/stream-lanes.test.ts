import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TakeOptions } from '../event-bus.ts'
import { laneSubject } from './event-stream.ts'
import { StreamLanes } from './stream-lanes.ts'

const anything: TakeOptions = {
  ...{ busy: [], full: [], away: [], limit: 64, limitPerTenant: 8, after: '' },
  weights: new Map(),
}
const a = laneSubject('a', 'invoice', 'subject:1')
const b = laneSubject('b', 'invoice', 'subject:1')

function subjects(lanes: StreamLanes): string[] {
  return lanes.choose(anything, new Set()).map(({ subject }) => subject)
}

test('a lane is known for as long as it has events', () => {
  const lanes = new StreamLanes()
  lanes.add(a, 1)
  lanes.add(a, 3)
  lanes.settled(a, 1)
  assert.deepEqual(
    lanes.choose(anything, new Set()).map(({ fromSeq }) => fromSeq),
    [2],
  )
  lanes.settled(a, 3)
  assert.deepEqual(subjects(lanes), [])
  lanes.add(a, 4)
  assert.deepEqual(subjects(lanes), [a])
})

test('what the stream tells replaces what was known, but nothing that was stored since', () => {
  const lanes = new StreamLanes()
  const gone = laneSubject('a', 'invoice', 'gone')
  const since = laneSubject('a', 'invoice', 'since')
  lanes.add(gone, 1)
  lanes.add(since, 2)
  lanes.settled(since, 1)
  // Its first event was handled, and another stored after the stream told.
  lanes.add(since, 9)
  lanes.replace(new Map([[b, 2]]), 5)
  assert.deepEqual(subjects(lanes).sort(), [b, since].sort())
  // Told one, two are known: fewer would forget the second.
  lanes.add(b, 10)
  lanes.replace(new Map([[b, 1]]), 9)
  lanes.settled(b, 3)
  assert.ok(subjects(lanes).includes(b))
})

test('a lane that is blocked is not chosen until it is unblocked, whatever is stored in it', () => {
  const lanes = new StreamLanes()
  lanes.add(a, 1)
  const [lane] = lanes.choose(anything, new Set())
  assert.ok(lane)
  lanes.block(lane)
  lanes.add(a, 2)
  assert.deepEqual(subjects(lanes), [])
  lanes.unblock(a)
  assert.deepEqual(subjects(lanes), [a])
  lanes.block(lane)
  lanes.unblock()
  assert.deepEqual(subjects(lanes), [a])
})

test('a tenant that is parked is not chosen', () => {
  const lanes = new StreamLanes()
  lanes.add(a, 1)
  lanes.add(b, 2)
  assert.deepEqual(
    lanes.choose(anything, new Set(['a'])).map(({ subject }) => subject),
    [b],
  )
})

test('a lane’s name tells nothing of what a service named it, and no text makes it another tenant’s', () => {
  const subject = laneSubject('a', 'invoice', 'subject:x.*.>')
  assert.match(subject, /^tenantry\.events\.a\.invoice\.[\w-]{43}$/)
  assert.notEqual(subject, laneSubject('a', 'invoice', 'subject:y'))
})
