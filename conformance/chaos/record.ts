import { cpus } from 'node:os'
import type { ChaosRound } from './chaos.ts'

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

/** The record of one run, as a page. */
export function describeChaos(
  rounds: readonly ChaosRound[],
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
place ${orders} orders, and a random process is killed with SIGKILL at a random moment between the first and the last. Afterwards every order that was acknowledged
has exactly one invoice, with the right total, of its own tenant, and no order has two.

**${rounds.length} rounds, ${whole.acknowledged} orders acknowledged, ${whole.faults} lost, doubled or wrong.** From the kill until everyone is served and everything is invoiced: median ${seconds(whole.medianMs)} s, 95th percentile
${seconds(whole.p95Ms)} s, at most ${seconds(whole.maxMs)} s; the orders that are placed meanwhile are in it.

| killed | rounds | orders acknowledged | faults | median s | at most s |
|---|---|---|---|---|---|
${rows.join('\n')}
`
}
