import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInScope, type Tenant, type TenantContext } from '@tenantry/context'
import {
  createMeters,
  durationBoundsMs,
  EmfLog,
  TenantGauges,
  UsageLedger,
  UsageSeries,
} from '@tenantry/metrics'
import { collectMetrics } from '../../packages/platform/src/control-plane/metrics/collect-metrics.ts'
import { readGauges } from '../../packages/platform/src/control-plane/usage/read-gauges.ts'
import { type BoundsMeasured, tenantSeries } from './bounds.ts'
import { hostile, hostileAttributes } from './hostile.ts'
import { readPage } from './read-page.ts'

// Meters, ledgers, series and gauges as the processes of one system have them, each told of every tenant.
process.once('disconnect', () => process.exit(1))
const count = Number(process.argv[2])
const services = ['gateway', 'relay', 'product', 'order', 'fulfillment', 'invoice', 'cart', 'search']
const tiers = ['basic', 'advanced', 'premium']
const folder = mkdtempSync(join(tmpdir(), 'tenantry-bounds-'))
const answered = { bytesIn: 10, bytesOut: 10, limited: false, status: 200, durationMs: 3 }
const used = {
  ...{
    requests: 1,
    errors: 0,
    limited: 0,
    durationMs: 3,
    durations: durationBoundsMs.map(() => 0),
    bytesIn: 1,
  },
  ...{
    bytesOut: 1,
    statements: 1,
    databaseMs: 1,
    databaseRows: 1,
    eventsEmitted: 1,
    eventsDelivered: 0,
    cpuMs: 1,
  },
}

let waiting: Tenant[] = []
const usage = new UsageSeries(tenantSeries)
const gauges = new TenantGauges(tenantSeries, async () => {
  const oldestAt = new Date().toISOString()
  const of = { service: 'invoice', place: 'bus', waiting: 1, oldestAt, parked: false, reason: null } as const
  const lag = waiting.map(({ id: tenant }) => ({ ...of, tenant }))
  const loud = waiting.map(
    ({ id: tenant, tier }) => ({ tenant, tier, what: 'cpu', share: 0.5, fair: 0.1 }) as const,
  )
  return readGauges(
    { tenants: new Map() },
    { lag: { lag, away: [], kept: { bus: 0, outboxes: 0, inboxes: 0 }, unread: [] }, loud },
  )
})
const own = createMeters({
  ...{ service: 'control-plane', deployment: 'control-plane', tenantSeries },
  producers: [usage, gauges],
})
const emf = new EmfLog({
  ...{ producer: usage, namespace: 'Tenantry', everySeconds: 3_600 },
  write: () => undefined,
})
const processes = await Promise.all(
  services.map(async (service) => {
    const [workload, socket] = [`${service}.pool`, join(folder, `${service}.sock`)]
    const meters = createMeters({ service, deployment: workload, tenantSeries })
    const server = createServer((_, answer) => void meters.prometheusPage().then((page) => answer.end(page)))
    await once(server.listen(socket), 'listening')
    const sold = meters.provider.getMeter('shop').createCounter('shop.sold')
    return { workload, socket, meters, server, sold, ledger: new UsageLedger() }
  }),
)
let requests = 0

/** Has every process do something for so many tenants. */
function record(from: number, until: number): void {
  for (let n = from; n < until; n++) {
    const tenant = { id: `tenant-${n}`, tier: tiers[n % tiers.length] ?? '' }
    const context = { tenant } as TenantContext
    for (const { meters, sold, workload } of processes) {
      // Routes are patterns and are many here; methods and values are whatever a client sends.
      const measured = { tenant, method: n % 3 === 0 ? hostile(n) : 'GET', status: 200 + (n % 300) }
      meters.recordRequest({
        ...measured,
        route: n % 2 === 0 ? hostile(n) : `/orders/:${n % 50}`,
        durationS: 0.003,
      })
      meters.startRequest(hostile(n))()
      meters.recordEvent('emitted', `order.${n % 20}`, tenant)
      runInScope(context, () => {
        for (const value of [hostile(n), `value-${n}`])
          try {
            meters.count('order.created', 1, { value })
          } catch {
            // Refused, as it has to be.
          }
        sold.add(1, hostileAttributes(n))
      })
      const isSilo = n % 3 === 2
      const service = workload.split('.')[0] ?? ''
      usage.add(tenant, { service, deployment: isSilo ? `${service}.${n}` : workload, isSilo }, used)
      requests++
    }
  }
}

// Eight processes have eight loops; here they wait for each other.
const patience = { quietMs: 8_000, wholeMs: 40_000 }
const page = () => collectMetrics(() => own.prometheusPage(), processes, patience)

/** As a system is read while it runs: often. */
async function recordInTurns(from: number): Promise<void> {
  const step = Math.ceil(count / 4)
  for (let at = from; at < from + count; at += step) {
    record(at, Math.min(at + step, from + count))
    await page()
    await emf.write()
  }
}

function heapMiB(): number {
  for (let turn = 0; turn < 3; turn++) globalThis.gc?.()
  return process.memoryUsage().heapUsed / 2 ** 20
}

record(0, 100)
await page()
const atFirst = heapMiB()
await recordInTurns(0)
const first = heapMiB()
await recordInTurns(count)
const others = heapMiB()

waiting = Array.from({ length: count }, (_, n) => ({ id: `tenant-${n}`, tier: 'basic' }))
const times: number[] = []
let text = ''
for (let turn = 0; turn < 3; turn++) {
  const startedAtMs = performance.now()
  text = await page()
  times.push(performance.now() - startedAtMs)
}
waiting = []

let nowMs = Date.parse('2026-01-01T00:00:00Z')
const withoutLedgers = heapMiB()
const ledgers = services.map(() => new UsageLedger({ nowMs: () => nowMs }))
for (const ledger of ledgers) for (let n = 0; n < count; n++) ledger.addRequest(`tenant-${n}`, answered)
const withLedgers = heapMiB()
nowMs += 3_600_000
// What was reported: a row is kept until it was.
for (const ledger of ledgers) ledger.collect(1_000)
const later = heapMiB()

const round = (value: number) => Math.round(value * 10) / 10
const measured: BoundsMeasured = {
  ...{ tenants: count, processes: services.length, requests },
  firstMiB: round(first - atFirst),
  othersMiB: round(others - first),
  ledgersMiB: round(withLedgers - withoutLedgers),
  ledgersLaterMiB: round(later - withoutLedgers),
  pageMiB: round(Buffer.byteLength(text) / 2 ** 20),
  pageMs: Math.round(Math.max(...times)),
  ...readPage(text),
}
for (const { server } of processes) server.close()
rmSync(folder, { recursive: true })
await emf.close()
process.send?.(measured, () => process.exit())
