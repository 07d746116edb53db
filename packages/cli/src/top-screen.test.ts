import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { FiguresAnswer, LiveSnapshot } from '@tenantry/platform'
import { topScreen } from './top-screen.ts'
import type { TopView } from './top-view.ts'

const figures = (changes: Partial<FiguresAnswer> = {}): FiguresAnswer => ({
  ...{ requestsPerSecond: 0, errorsPerSecond: 0, limitedPerSecond: 0, p50Ms: null, p95Ms: null },
  ...{ cpuCores: 0, databaseMsPerSecond: 0, eventsPerSecond: 0 },
  ...changes,
})
const tenant = (id: string, requestsPerSecond: number, changes: Partial<FiguresAnswer> = {}) => ({
  ...{ id, tier: 'basic' },
  ...figures({ requestsPerSecond, p50Ms: 2.04, p95Ms: 8.5, ...changes }),
})
const snapshotOf = (changes: Partial<LiveSnapshot> = {}): LiveSnapshot => ({
  atMs: Date.parse('2026-11-01T10:00:05Z'),
  total: figures({
    ...{ requestsPerSecond: 130.25, errorsPerSecond: 0.4, p50Ms: 3, p95Ms: 12.25 },
    ...{ cpuCores: 0.5, databaseMsPerSecond: 250, eventsPerSecond: 4 },
  }),
  tenants: [
    tenant('tenant-a', 120, { errorsPerSecond: 0.4, cpuCores: 0.1 }),
    tenant('tenant-b', 9.25, { databaseMsPerSecond: 240, cpuCores: 0.4 }),
    tenant('tenant-c', 1, { p50Ms: null, p95Ms: null }),
  ],
  ...{ tenantsActive: 3, deployments: [], calls: [], loud: [] },
  ...changes,
})
const loud = (name: string) => ({
  tenant: name,
  tier: 'basic',
  what: 'requests' as const,
  share: 0.92,
  fair: 0.333,
})
const calm: TopView = { sort: 'requests', filter: '', isTyping: false }
const screen = (
  snapshot: LiveSnapshot,
  { columns = 100, rows = 24, ...view }: Partial<TopView> & { columns?: number; rows?: number } = {},
) =>
  topScreen({ snapshot }, { ...calm, ...view }, { columns, rows }).map((line) =>
    stripVTControlCharacters(line).trimEnd(),
  )

test('a wide terminal shows the moment, its figures, who is loud and all columns', () => {
  assert.deepEqual(screen(snapshotOf({ loud: [loud('tenant-a')] })), [
    'tenantry top  10:00:05 UTC  q quit  s sort  / filter',
    'requests/s 130   errors/s 0.40   limited/s 0   p95 ms 12.3',
    'cores 0.50   database ms/s 250   events/s 4.0   tenants 3',
    '',
    'loud  tenant-a  92 % of requests (fair: 33 %)',
    '',
    'tenant    tier     req/s▾     err/s     lim/s    p50 ms    p95 ms     cores   db ms/s      ev/s',
    'tenant-a  basic       120      0.40         0       2.0       8.5      0.10         0         0',
    'tenant-b  basic       9.3         0         0       2.0       8.5      0.40       240         0',
    'tenant-c  basic       1.0         0         0         –         –      0.00         0         0',
  ])
})

test('a small terminal shows fewer figures beside each other, columns and tenants, and how many are missing', () => {
  const loudest = ['tenant-a', 'tenant-b', 'tenant-c', 'tenant-d'].map(loud)
  assert.deepEqual(screen(snapshotOf({ loud: loudest }), { columns: 40, rows: 13 }), [
    'tenantry top  10:00:05 UTC  q quit  s s…',
    'requests/s 130   errors/s 0.40',
    'limited/s 0   p95 ms 12.3   cores 0.50',
    'database ms/s 250   events/s 4.0',
    'tenants 3',
    '',
    'loud  tenant-a  92 % of requests (fair:…',
    'loud  tenant-b  92 % of requests (fair:…',
    '… 2 more are loud',
    '',
    'tenant      req/s▾     err/s    p95 ms',
    'tenant-a       120      0.40       8.5',
    '… 2 more',
  ])
})

test('no line is wider and no screen higher than the terminal, however small it is', () => {
  const many = Array.from({ length: 100 }, (_, at) => tenant(`tenant-${'x'.repeat(30)}-${at}`, 100 - at))
  const snapshot = snapshotOf({
    tenants: many,
    tenantsActive: 4_000,
    loud: many.slice(0, 9).map(({ id }) => loud(id)),
  })
  for (let columns = 1; columns <= 140; columns += 1 + Math.floor(columns / 40))
    for (let rows = 1; rows <= 30; rows++) {
      const away = rows % 2 === 0 ? { sinceMs: 4_000, why: 'it does not answer' } : undefined
      const lines = topScreen({ snapshot, away }, calm, { columns, rows })
      assert.ok(lines.length <= rows, `${columns} x ${rows}`)
      for (const line of lines) {
        const width = stripVTControlCharacters(line).length
        assert.ok(width <= columns, `${columns} x ${rows}: ${line}`)
      }
    }
})

test('the tenants that have no room are counted, those of whom only their number is told too', () => {
  const lines = screen(snapshotOf({ tenantsActive: 40 }), { rows: 7 })
  assert.deepEqual(lines.slice(-2), [
    'tenant-a  basic       120      0.40         0       2.0       8.5      0.10         0         0',
    '… 39 more',
  ])
  assert.equal(
    screen(snapshotOf({ tenantsActive: 3 }), { rows: 8 })
      .at(-1)
      ?.slice(0, 8),
    'tenant-c',
  )
})

test('who is first follows the column, which is told and never left out', () => {
  const order = (sort: TopView['sort']) =>
    screen(snapshotOf(), { sort })
      .slice(-3)
      .map((line) => line.slice(0, 8))
  assert.deepEqual(order('cpu'), ['tenant-b', 'tenant-a', 'tenant-c'])
  assert.deepEqual(order('p95'), ['tenant-a', 'tenant-b', 'tenant-c'])
  assert.deepEqual(order('tenant'), ['tenant-a', 'tenant-b', 'tenant-c'])
  assert.deepEqual(screen(snapshotOf(), { sort: 'events', columns: 18 }).slice(-4), [
    'tenant       ev/s▾',
    'tenant-a         0',
    'tenant-b         0',
    'tenant-c         0',
  ])
})

test('a filter leaves tenants whose id has it, and is told', () => {
  const lines = screen(snapshotOf({ tenantsActive: 40 }), { filter: 't-b' })
  assert.match(lines[0] ?? '', / {2}\/t-b {2}/)
  assert.equal(lines.filter((line) => line.startsWith('tenant-')).length, 1)
  assert.ok(!lines.some((line) => line.startsWith('…')))
  assert.equal(screen(snapshotOf(), { filter: 'x' }).at(-1), 'no tenant with `x` does anything')
  assert.match(screen(snapshotOf(), { filter: 'x', isTyping: true })[0] ?? '', /\/x_/)
})

test('it is said when there is nothing, when nothing was told yet, and when what is shown is not of now', () => {
  const size = { columns: 200, rows: 24 }
  const idle = snapshotOf({ tenants: [], tenantsActive: 0, total: figures() })
  assert.equal(screen(idle).at(-1), 'no tenant does anything')
  assert.match(topScreen({}, calm, size).join('\n'), /waiting for the first second/)
  const away = {
    sinceMs: Date.parse('2026-11-01T10:00:06Z'),
    why: 'the control plane at http://x does not answer',
  }
  const [title, , , , ...rest] = topScreen({ snapshot: snapshotOf(), away }, calm, size)
  assert.match(
    title ?? '',
    /10:00:05 UTC {2}away since 10:00:06: the control plane at http:\/\/x does not answer/,
  )
  assert.equal(rest.length, 4)
})

test('what is printed once has all tenants, and no keys', () => {
  const many = Array.from({ length: 100 }, (_, at) => tenant(`t-${at}`, 100 - at))
  const all = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY }
  const lines = screen(snapshotOf({ tenants: many, tenantsActive: 100 }), all)
  assert.equal(lines.filter((line) => line.startsWith('t-')).length, 100)
  assert.equal(lines[0], 'tenantry top  10:00:05 UTC')
})

test('control characters of what is told never reach the terminal', () => {
  const forged = '\u001b]0;x\u0007\u009b2J\r\n\u202e'
  const snapshot = snapshotOf({
    tenants: [{ ...tenant(forged, 1), tier: forged }],
    loud: [{ ...loud(forged), tier: forged, what: forged as 'cpu' }],
  })
  const lines = topScreen({ snapshot, away: { sinceMs: 1, why: forged } }, calm, { columns: 400, rows: 24 })
  for (const line of lines) assert.doesNotMatch(stripVTControlCharacters(line), /[\p{Cc}\p{Cf}]/u)
  assert.equal(lines.filter((line) => line.includes('�')).length, 3)
})
