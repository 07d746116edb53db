import { cpus } from 'node:os'
import type { Phase } from './phases.ts'
import type { Served } from './senders.ts'

/** The part of requests that took at most so long, in milliseconds. */
export function percentile({ ms }: Served, part: number): number {
  return [...ms].sort((a, b) => a - b)[Math.ceil(ms.length * part) - 1] ?? Number.NaN
}

/** How many requests had another answer than 200. */
export function countErrors({ statuses }: Served): number {
  return [...statuses].reduce((sum, [status, count]) => (status === 200 ? sum : sum + count), 0)
}

/** One row a phase: what the quiet tenants were given, and what the flood. */
export function phaseTable(phases: readonly Phase[]): string {
  const aloneMs = phases[0] ? percentile(phases[0].quiet, 0.99) : Number.NaN
  const rows = phases.map(({ name, quiet, loud }) => {
    const [p50, p99] = [percentile(quiet, 0.5), percentile(quiet, 0.99)]
    const answers = [...loud.statuses]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${count} × ${status}`)
    const cells = [name, quiet.ms.length, countErrors(quiet), p50.toFixed(1), p99.toFixed(1)]
    return `| ${[...cells, (p99 / aloneMs).toFixed(2), answers.join(', ') || 'none'].join(' | ')} |`
  })
  return [
    '| quiet tenants | served | errors | p50 ms | p99 ms | p99 to alone | the flood was answered |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

/** The page for `docs/operating`. */
export function describeRun(phases: readonly Phase[], seconds: number): string {
  const missed = phases.filter(
    ({ quiet }) => phases[0] && percentile(quiet, 0.99) > 1.5 * percentile(phases[0].quiet, 0.99),
  )
  return `# Fair shares, measured

\`npm run test:fair-shares -- --seconds ${seconds} --record\`, ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores, which the shop, its PostgreSQL and both loads share.
Three quiet tenants each list their products 10 times a second; a fourth, in the same pool, floods the same service.

${phaseTable(phases)}

The goal is no error for quiet tenants, and 1.5 times their p99 alone at most. ${missed.length === 0 ? 'It is met.' : `It is missed ${missed.map(({ name }) => `*${name}*`).join(' and ')}: [processors know no shares](limits.md#what-is-not-shared-yet): the flood's requests and theirs run on the same two cores.`}
`
}
