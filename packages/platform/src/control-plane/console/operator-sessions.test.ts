import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OperatorSessions } from './operator-sessions.ts'

const ada = { subject: 'ada', name: 'Ada' }
const minute = 60_000
let nowMs = 0
const sessions = (bounds = {}) => new OperatorSessions(bounds, () => nowMs)

test('an id is new each time, has 256 bits, and opens its own session alone', () => {
  const open = sessions()
  const [one, other] = [open.begin(ada), open.begin({ subject: 'bob', name: 'Bob' })]
  assert.match(one, /^[\w-]{43}$/)
  assert.notEqual(one, other)
  assert.deepEqual(open.use(one), ada)
  assert.equal(open.use(other)?.subject, 'bob')
  for (const guess of ['', one.slice(1), `${one}=`, one.toUpperCase()])
    assert.equal(open.use(guess), undefined)
})

test('a session ends after 30 minutes without use, and use puts that off', () => {
  const open = sessions()
  const id = open.begin(ada)
  for (let used = 0; used < 3; used++) {
    nowMs += 30 * minute - 1
    assert.ok(open.use(id))
  }
  nowMs += 30 * minute
  assert.equal(open.use(id), undefined)
})

test('a session ends after 8 hours, however it is used', () => {
  const open = sessions()
  const id = open.begin(ada)
  for (let quarters = 1; quarters < 32; quarters++) {
    nowMs += 15 * minute
    assert.ok(open.use(id), `after ${quarters} quarters of an hour`)
  }
  nowMs += 15 * minute
  assert.equal(open.use(id), undefined)
})

test('of more than there may be, the one that was used last the longest time ago goes', () => {
  const open = sessions({ sessionsMax: 2 })
  const [one, two] = [open.begin(ada), open.begin(ada)]
  open.use(one)
  const three = open.begin(ada)
  assert.deepEqual(
    [one, two, three].map((id) => open.use(id) !== undefined),
    [true, false, true],
  )
})

test('what is still being answered is cut off when its session ends, by whatever it ends', () => {
  const cut: string[] = []
  const hold = (open: OperatorSessions, id: string, name: string) =>
    open.hold(id, { destroy: () => cut.push(name) })
  const open = sessions({ sessionsMax: 1 })
  const out = open.begin(ada)
  hold(open, out, 'signed out')
  hold(open, out, 'done')()
  open.end(out)
  const crowded = open.begin(ada)
  hold(open, crowded, 'crowded out')
  const over = open.begin(ada)
  hold(open, over, 'over')
  open.endOver()
  assert.deepEqual(cut, ['signed out', 'crowded out'])
  nowMs += 30 * minute
  open.endOver()
  hold(open, open.begin(ada), 'closed')
  open.close()
  assert.deepEqual(cut, ['signed out', 'crowded out', 'over', 'closed'])
})

test('nothing that opens a session is kept', () => {
  const open = sessions()
  const id = open.begin(ada)
  const kept: string[] = []
  const spy = Map.prototype.set
  Map.prototype.set = function (key, value) {
    kept.push(JSON.stringify([key, value]))
    return spy.call(this, key, value)
  }
  try {
    open.use(id)
  } finally {
    Map.prototype.set = spy
  }
  assert.equal(kept.length, 1)
  assert.ok(!kept.join().includes(id))
})
