import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { eventScreen, eventTable, lagTable } from './event-tables.ts'

const nowMs = Date.UTC(2026, 0, 2)
const ago = (ms: number) => new Date(nowMs - ms).toISOString()
const line = {
  id: '4f1c',
  tenant: 'tenant-a',
  service: 'invoice',
  source: 'urn:tenantry:service:fulfillment',
  type: 'order.fulfilled',
  subject: null,
  state: 'dead',
  attempts: 10,
  reason: '`invoice` answered 422',
  since: ago(7_200_000),
} as const

function linesOf(screen: string): string[] {
  return stripVTControlCharacters(screen)
    .split('\n')
    .map((text) => text.replace(/ {2,}/g, '  '))
}

test('events are listed with state, age, attempts and why', () => {
  const refused = {
    ...line,
    id: 'pool:order:3',
    service: null,
    type: null,
    state: 'quarantined',
    attempts: 0,
  } as const
  assert.deepEqual(linesOf(eventTable({ events: [line, refused], more: true }, nowMs)), [
    'event  tenant  service  type  state  for  tries  reason',
    '4f1c  tenant-a  invoice  order.fulfilled  dead  2 h  10  `invoice` answered 422',
    'pool:order:3  tenant-a  from fulfillment  quarantined  2 h  0  `invoice` answered 422',
    '',
    'there are more: narrow them down, or ask for more with --limit',
  ])
  assert.deepEqual(linesOf(eventTable({ events: [], more: false })), ['no such event'])
})

test('what others wrote moves no cursor and forges no line', () => {
  const events = [{ ...line, id: 'x\u001b[2J', tenant: 'a\nb' }]
  const rows = eventTable({ events, more: false }, nowMs).split('\n')
  assert.equal(rows.length, 2)
  assert.ok(!rows[1]?.includes('\u001b[2J'))
})

test('one event is shown with its attempts, what was done with it, and its data only when it came along', () => {
  const event = {
    id: '4f1c',
    tenant: 'tenant-a',
    source: line.source,
    storedAt: ago(9_000_000),
    attributes: { type: 'order.fulfilled', time: ago(9_001_000) },
    deliveries: [
      {
        service: 'invoice',
        state: 'dead',
        attempts: 1,
        failures: [{ at: ago(8_000_000), reason: '`invoice` answered 422' }],
        nextAttemptAt: null,
        settledAt: ago(7_200_000),
      },
    ],
    operations: [{ at: ago(1_000), operator: 'ada', action: 'replayed', service: 'invoice' }],
  } as const
  assert.deepEqual(linesOf(eventScreen(event, nowMs)), [
    'event  4f1c',
    'tenant  tenant-a',
    'type  order.fulfilled',
    'emitted  2026-01-01T21:29:59.000Z by fulfillment',
    'stored  2026-01-01T21:30:00.000Z',
    '',
    'for invoice  dead  1 try, since 2026-01-01T22:00:00.000Z',
    '  2026-01-01T21:46:40.000Z  `invoice` answered 422',
    '',
    'on record',
    '  2026-01-01T23:59:59.000Z  replayed for invoice  by ada',
  ])
  assert.deepEqual(linesOf(eventScreen({ ...event, data: '{"total":9}' }, nowMs)).slice(-2), [
    'data',
    '{"total":9}',
  ])
})

test('lag is shown by tenant and service, with why the oldest waits, who is away and how much is kept', () => {
  const kept = { bus: 1_200, outboxes: 3_400, inboxes: 0 }
  const away = [
    { deployment: 'invoice.pool', since: ago(120_000), opened: 1 },
    { deployment: 'mail.0a1b2c3d', since: ago(5_000), opened: 3 },
  ]
  const entry = { tenant: 'tenant-a', service: 'invoice', waiting: 3, oldestAt: ago(120_000), parked: false }
  const lag = [
    { ...entry, place: 'bus', reason: 'not reached: ECONNREFUSED' },
    { ...entry, tenant: 'tenant-b', place: 'bus', parked: true, reason: null },
    { ...entry, service: 'order', place: 'outbox', reason: null },
  ] as const
  assert.deepEqual(linesOf(lagTable({ lag, away, kept, unread: ['tenantry_0a', 'NATS'] }, nowMs)), [
    'tenant  service  waiting  oldest  why',
    'tenant-a  invoice  3  2 min  not reached: ECONNREFUSED',
    'tenant-b  invoice  3  2 min  parked',
    'tenant-a  outbox of order  3  2 min',
    'away invoice.pool, for 2 min (the first time since the relay started)',
    'away mail.0a1b2c3d, for 5 s (3 times since the relay started)',
    'kept, about: 1,200 events on the bus, 3,400 in outboxes, 0 known to inboxes',
    'not read: tenantry_0a, NATS',
  ])
  assert.equal(linesOf(lagTable({ lag: [], away: [], kept, unread: [] }))[0], 'nothing waits')
})
