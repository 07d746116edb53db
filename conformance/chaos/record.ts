import { cpus } from 'node:os'
import { type ChaosRound, ordersPerSecond } from './chaos.ts'
import type { Bus } from './start-shop.ts'
import type { Outage } from './token-service-outage.ts'

/** What rounds of chaos come to. */
export interface ChaosSummary {
  readonly acknowledged: number
  readonly faults: number
  readonly medianMs: number
  readonly p95Ms: number
  readonly maxMs: number
}

export function summarise(rounds: readonly ChaosRound[]): ChaosSummary {
  const recoveries = rounds.map(({ recoveredMs }) => recoveredMs).sort((a, b) => a - b)
  const quantile = (share: number) => recoveries[Math.ceil(share * recoveries.length) - 1] ?? 0
  return {
    acknowledged: rounds.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    faults: rounds.reduce((sum, { faults }) => sum + faults.length, 0),
    medianMs: quantile(0.5),
    p95Ms: quantile(0.95),
    maxMs: quantile(1),
  }
}

/** An outage of the token service, and where events waited meanwhile. */
export interface OutageOfBus {
  readonly bus: Bus
  readonly outage: Outage
}

/** The record of one run, as a page. */
export function describeRun(
  rounds: readonly ChaosRound[],
  outages: readonly OutageOfBus[],
  { seed, orders }: { seed: number; orders: number },
): string {
  const whole = summarise(rounds)
  const seconds = (ms: number) => (ms / 1000).toFixed(1)
  const kinds = [...Map.groupBy(rounds, ({ victim }) => victim.replace(/\.[0-9a-f]{8}$/, ' of a silo'))].sort(
    ([a], [b]) => (a < b ? -1 : 1),
  )
  const rows = kinds.map(([victim, own]) => {
    const { acknowledged, faults, medianMs, maxMs } = summarise(own)
    return `| ${victim} | ${own.length} | ${acknowledged} | ${faults} | ${seconds(medianMs)} | ${seconds(maxMs)} |`
  })
  return `# Chaos

\`npm run test:chaos -- --rounds ${rounds.length} --orders ${orders} --record\`, ${new Date().toISOString().slice(0, 10)}, seed ${seed}, on ${cpus().length} cores. In each round five tenants of three tiers
place ${orders} orders, each tenant up to ${ordersPerSecond} a second, and a random process or NATS server is killed with SIGKILL at a random moment between the first and the last. Afterwards every order that was acknowledged
has exactly one invoice, with the right total, of its own tenant, and no order has two. In turns of ten rounds events wait in PostgreSQL and in a cluster of three NATS servers;
a NATS server that was killed is started again after a second, and everything else by the supervisor.

**${rounds.length} rounds, ${whole.acknowledged} orders acknowledged, ${whole.faults} lost, doubled or wrong.** From the kill until every order that was acknowledged before it is invoiced, and so is
one of each tenant that is placed after it, while all others go on being placed: median ${seconds(whole.medianMs)} s, 95th percentile ${seconds(whole.p95Ms)} s, at most ${seconds(whole.maxMs)} s.

| killed | rounds | orders acknowledged | faults | median s | at most s |
|---|---|---|---|---|---|
${rows.join('\n')}
${describeOutages(outages)}`
}

function describeOutages(outages: readonly OutageOfBus[]): string {
  if (outages.length === 0) return ''
  const rows = outages.map(({ bus, outage }) => {
    const { how, forMs, open, finished, refused, slowestMs, recoveredMs, faults } = outage
    return `| ${how} | ${bus} | ${forMs / 1000} | ${finished} of ${open} | ${refused} | ${(slowestMs / 1000).toFixed(1)} | ${(recoveredMs / 1000).toFixed(1)} | ${faults.length} |`
  })
  return `
## Without the token service

It is killed as often as it is started, or stopped, so that it takes connections and never answers. Uploads that were open go on and end as if it were there, because the
tokens and tenant keys of open work live; what is new is answered 503 with \`Retry-After\`; orders that were placed before have their one invoice when it is back.

| the token service is | events in | for s | open requests that ended well | refused | slowest refusal s | whole again after s | faults |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`
}
