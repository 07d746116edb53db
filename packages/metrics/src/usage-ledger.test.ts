import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UsageRow } from './usage.ts'
import { UsageLedger } from './usage-ledger.ts'

const hourMs = 3_600_000
const answered = { status: 200, limited: false, durationMs: 3, bytesIn: 10, bytesOut: 100 }

function ledgerAt(startMs: number, options: { overMax?: number } = {}) {
  const clock = { nowMs: startMs }
  return { clock, ledger: new UsageLedger({ ...options, nowMs: () => clock.nowMs }) }
}

/** What is reported now, as it would be sent. */
function report(ledger: UsageLedger, rowsMax = 1_000): UsageRow[] {
  const rows = ledger.collect(rowsMax).flatMap((piece) => ledger.rowsOf(piece))
  return JSON.parse(JSON.stringify(rows))
}

test('what a tenant does is added up within an hour, and what changed is told with its whole total', () => {
  const { ledger } = ledgerAt(10 * hourMs)
  ledger.addRequest('tenant-a', answered)
  ledger.addRequest('tenant-b', answered)
  assert.equal(report(ledger).length, 2)
  assert.deepEqual(report(ledger), [])
  ledger.addRequest('tenant-a', { status: 503, limited: true, durationMs: 20_000, bytesIn: 1, bytesOut: 2 })
  ledger.addStatement('tenant-a', 1.5, 4)
  ledger.addEvent('tenant-a', 'emitted')
  ledger.addEvent('tenant-a', 'delivered')
  ledger.addBytes('tenant-a', 5, 6)
  assert.deepEqual(report(ledger), [
    {
      hourS: 36_000,
      tenant: 'tenant-a',
      totals: {
        ...{ requests: 2, errors: 1, limited: 1, durationMs: 20_003 },
        durations: [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        ...{ bytesIn: 16, bytesOut: 108, statements: 1, databaseMs: 1.5, databaseRows: 4 },
        ...{ eventsEmitted: 1, eventsDelivered: 1, cpuMs: 0 },
      },
    },
  ])
})

test('a duration is in the first bucket whose bound it does not pass', () => {
  const { ledger } = ledgerAt(0)
  for (const durationMs of [0, 1, 1.01, 10_000, 10_000.1])
    ledger.addRequest('tenant-a', { ...answered, durationMs })
  assert.deepEqual(report(ledger)[0]?.totals.durations, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1])
})

test('an hour begins at nothing, and the one before is told once more if it has to be', () => {
  const { clock, ledger } = ledgerAt(hourMs - 1)
  ledger.addRequest('tenant-a', answered)
  clock.nowMs += 1
  ledger.addRequest('tenant-a', answered)
  const rows = report(ledger)
  assert.deepEqual(
    rows.map(({ hourS, totals }) => [hourS, totals.requests]),
    [
      [0, 1],
      [3_600, 1],
    ],
  )
  assert.deepEqual(report(ledger), [])
})

test('what could not be told is told later, with what has come since, also after its hour', () => {
  const { clock, ledger } = ledgerAt(0)
  ledger.addRequest('tenant-a', answered)
  ledger.addCaller('gateway')
  const [piece] = ledger.collect(10)
  ledger.addRequest('tenant-a', answered)
  if (piece) ledger.putBack(piece)
  clock.nowMs = hourMs
  const [again, ...more] = ledger.collect(10)
  assert.ok(again)
  assert.deepEqual(more, [])
  assert.deepEqual(
    ledger.rowsOf(again).map(({ hourS, totals }) => [hourS, totals.requests]),
    [[0, 2]],
  )
  assert.deepEqual(again.callers, { gateway: 1 })
})

test('a report is told in pieces, and who sent requests in the last of them alone', () => {
  const { ledger } = ledgerAt(0)
  for (let tenant = 0; tenant < 5; tenant++) ledger.addRequest(`tenant-${tenant}`, answered)
  ledger.addCaller('outside')
  const pieces = ledger.collect(2)
  assert.deepEqual(
    pieces.map((piece) => ledger.rowsOf(piece).length),
    [2, 2, 1],
  )
  assert.deepEqual(
    pieces.map(({ callers }) => callers),
    [{}, {}, { outside: 1 }],
  )
})

test('what waits is bounded: the oldest hours are given up beyond it, and those that nobody takes any more', () => {
  const { clock, ledger } = ledgerAt(0, { overMax: 3 })
  const miss = () => {
    for (const piece of ledger.collect(10)) ledger.putBack(piece)
  }
  for (let hour = 0; hour < 3; hour++) {
    clock.nowMs = hour * hourMs
    for (const tenant of ['tenant-a', 'tenant-b']) ledger.addRequest(tenant, answered)
    miss()
  }
  clock.nowMs = 3 * hourMs
  ledger.addRequest('tenant-a', answered)
  miss()
  assert.equal(ledger.dropped, 3)
  assert.equal(ledger.dropped, 0)
  clock.nowMs = 27 * hourMs
  miss()
  assert.equal(ledger.dropped, 3)
  assert.deepEqual(
    report(ledger).map(({ hourS }) => hourS),
    [3 * 3_600],
  )
})

test('processor time is divided by the work that was done for it, and nobody is given what nobody used', () => {
  const { ledger } = ledgerAt(0)
  ledger.divideCpu(500)
  ledger.addWork('tenant-a', 1)
  ledger.addWork('tenant-b', 2)
  ledger.addWork('tenant-b', 2)
  ledger.divideCpu(100)
  ledger.divideCpu(900)
  assert.deepEqual(
    report(ledger).map(({ tenant, totals }) => [tenant, totals.cpuMs]),
    [
      ['tenant-a', 20],
      ['tenant-b', 80],
    ],
  )
})

test('100,000 tenants take less than 1 KiB each, and nothing once their hour was told', () => {
  const { clock, ledger } = ledgerAt(0)
  const heap = () => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  const ids = Array.from({ length: 100_000 }, (_, at) => `tenant-${at}`)
  const before = heap()
  for (const id of ids) ledger.addRequest(id, answered)
  ledger.collect(500)
  assert.ok((heap() - before) / ids.length < 1024, `${(heap() - before) / ids.length} bytes`)
  clock.nowMs = hourMs
  ledger.addRequest('tenant-0', answered)
  assert.equal(report(ledger).length, 1)
})
