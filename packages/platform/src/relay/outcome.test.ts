import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from './event-bus.ts'
import { outcomeOf } from './outcome.ts'

const first: Delivery = {
  id: '1',
  lane: '1',
  tenant: 'a',
  service: 'invoice',
  type: 'order.placed',
  event: '',
  attempts: 0,
  refusals: 0,
}
const dayMs = 24 * 60 * 60 * 1000

function inMs(attempts: number, failure: { unreachable?: boolean; refused?: boolean } = {}): number {
  const outcome = outcomeOf({ reason: 'x', ...failure }, { ...first, attempts }, Date.now())
  assert.equal(outcome.kind, 'retry')
  return outcome.kind === 'retry' ? outcome.inMs : Number.NaN
}

function assertNear(actualMs: number, expectedMs: number) {
  assert.ok(actualMs >= expectedMs * 0.74 && actualMs <= expectedMs * 1.26, `${actualMs}, not ${expectedMs}`)
}

test('a failed delivery is tried again after 0.1 s, then twice as long each time, up to 30 s', () => {
  for (const [attempts, expectedMs] of [
    [0, 100],
    [1, 200],
    [8, 25_600],
    [9, 30_000],
    [5_000, 30_000],
  ] as const) {
    assertNear(inMs(attempts), expectedMs)
  }
})

test('a service that is not there is tried every 2 s at least, so that it gets its events when it is back', () => {
  assertNear(inMs(4, { unreachable: true }), 1_600)
  assertNear(inMs(100, { unreachable: true }), 2_000)
})

test('an event that was refused ten times is given up; one that failed otherwise is not', () => {
  const refused = { reason: 'answered 422', refused: true }
  assert.equal(outcomeOf(refused, { ...first, refusals: 8 }, Date.now()).kind, 'retry')
  assert.deepEqual(outcomeOf(refused, { ...first, refusals: 9 }, Date.now()), {
    kind: 'dead',
    reason: 'answered 422',
  })
  assert.equal(
    outcomeOf({ reason: 'x' }, { ...first, attempts: 1_000, refusals: 9 }, Date.now()).kind,
    'retry',
  )
})

test('an event older than seven days is given up at the next failure', () => {
  assert.equal(outcomeOf({ reason: 'x' }, first, Date.now() - 6.9 * dayMs).kind, 'retry')
  assert.equal(outcomeOf({ reason: 'x' }, first, Date.now() - 7.1 * dayMs).kind, 'dead')
})
