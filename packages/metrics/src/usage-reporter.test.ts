import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { after, afterEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { UsageReport } from './usage.ts'
import { UsageLedger } from './usage-ledger.ts'
import { UsageReporter } from './usage-reporter.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-usage-'))
const socketPath = join(folder, 'control.sock')
const answered = { status: 200, limited: false, durationMs: 3, bytesIn: 10, bytesOut: 100 }
let server: Server | undefined
let reporter: UsageReporter | undefined
const reports: UsageReport[] = []
const troubles: string[] = []

/** Who takes reports in the control plane's place: its own suite has the real one. */
async function listen(status: () => number = () => 200): Promise<void> {
  server = createServer(async (request, response) => {
    assert.equal(`${request.method} ${request.url}`, 'POST /usage')
    assert.equal(request.headers.authorization, 'Bearer for control-plane')
    const report = (await json(request)) as UsageReport
    if (status() === 200) reports.push(report)
    response.writeHead(status()).end('{}')
  }).listen(socketPath)
  await once(server, 'listening')
}

function start(ledger: UsageLedger): UsageReporter {
  reporter = new UsageReporter({
    ...{ ledger, socketPath, credential: (audience) => `for ${audience}` },
    onTrouble: (reason) => troubles.push(reason),
  })
  return reporter
}

afterEach(async () => {
  await reporter?.stop()
  server?.close()
  server?.closeAllConnections()
  server = undefined
  reports.length = 0
  troubles.length = 0
})
after(() => rmSync(folder, { recursive: true }))

const requestsTold = () =>
  Math.max(0, ...reports.flatMap(({ rows }) => rows.map(({ totals }) => totals.requests)))

test('what changed is told within about a second, and then that nothing goes on', async () => {
  await listen()
  const ledger = new UsageLedger()
  start(ledger)
  ledger.addRequest('tenant-a', answered)
  await sleep(2_400)
  assert.deepEqual(
    reports.map(({ epoch, rows }) => [epoch, rows.length]),
    [
      [ledger.epoch, 1],
      [ledger.epoch, 0],
    ],
  )
  await sleep(1_100)
  assert.equal(reports.length, 2)
})

test('while nobody takes reports nothing is lost, and it is said once', async () => {
  let status = 500
  const ledger = new UsageLedger()
  start(ledger)
  ledger.addRequest('tenant-a', answered)
  await sleep(1_200)
  await listen(() => status)
  ledger.addRequest('tenant-a', answered)
  await sleep(1_200)
  assert.equal(troubles.length, 1)
  assert.deepEqual(reports, [])
  status = 200
  ledger.addRequest('tenant-a', answered)
  await sleep(1_200)
  assert.equal(requestsTold(), 3)
  assert.ok(reports.some(({ sinceMs }) => sinceMs > 2_000))
})

test('what was counted until the end is told when it stops', async () => {
  await listen()
  const ledger = new UsageLedger()
  const stopping = start(ledger)
  for (let tenant = 0; tenant < 1_200; tenant++) ledger.addRequest(`tenant-${tenant}`, answered)
  await stopping.stop()
  assert.deepEqual(
    reports.map(({ rows }) => rows.length),
    [500, 500, 200],
  )
})

test('a stop that nobody answers is over within half a second', async () => {
  server = createServer(() => undefined).listen(socketPath)
  await once(server, 'listening')
  const ledger = new UsageLedger()
  const stopping = start(ledger)
  ledger.addRequest('tenant-a', answered)
  const startedAtMs = performance.now()
  await stopping.stop()
  assert.ok(performance.now() - startedAtMs < 600)
})
