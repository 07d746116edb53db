// What `npm run measure` prints: how long the whole system takes to start, stop, onboard and invoice on this machine.
import { cpus } from 'node:os'
import { RunningSystem } from '../conformance/end-to-end/running-system.ts'

const ordersPerTenant = 40

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now()
  await work()
  return (performance.now() - startedAtMs) / 1000
}

/** From the order's answer to the first list that shows its invoice, asked for every 5 ms. */
async function invoiceLatenciesMs(system: RunningSystem, tenant: string): Promise<number[]> {
  const product = await system.product(tenant, '1')
  const latencies: number[] = []
  for (let placed = 0; placed < ordersPerTenant; placed++) {
    const order = await system.order(tenant, [product])
    latencies.push(1000 * (await secondsOf(() => system.invoice(tenant, order, 10_000, 5))))
  }
  return latencies.sort((a, b) => a - b)
}

const seconds = (value: number) => `${value.toFixed(1)} s`
const at = (sorted: number[], share: number) =>
  `${Math.round(sorted[Math.floor(sorted.length * share)] ?? 0)} ms`

const rows: [string, string][] = []
const system = await RunningSystem.create()
try {
  rows.push(['first start, packages installed, to ready', seconds(await secondsOf(() => system.start()))])
  rows.push(['stop', seconds(await secondsOf(() => system.stop()))])
  rows.push(['second start, to ready', seconds(await secondsOf(() => system.start()))])
  for (const tier of ['basic', 'advanced', 'premium']) {
    const onboard = () => system.onboard(`measured-${tier}`, tier)
    rows.push([`onboarding a ${tier} tenant`, `${Math.round(1000 * (await secondsOf(onboard)))} ms`])
  }
  for (const tenant of ['tenant-a', 'tenant-c']) {
    const latencies = await invoiceLatenciesMs(system, tenant)
    rows.push([
      `order to invoice, ${tenant}, one at a time`,
      `p50 ${at(latencies, 0.5)}, p95 ${at(latencies, 0.95)}`,
    ])
  }
} finally {
  await system.remove()
}

console.log(`${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`)
console.log('| what | measured |\n|---|---|')
for (const [what, measured] of rows) console.log(`| ${what} | ${measured} |`)
