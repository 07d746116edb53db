import { cpus } from 'node:os'
import type { Phase } from './phase.ts'
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

/** One thing that is scarce, and what was measured of it. */
export interface Proof {
  readonly name: string
  readonly about: string
  readonly phases: readonly Phase[]
}

/** The page for `docs/operating`. */
export function describeRun(proofs: readonly Proof[], seconds: number): string {
  const parts = proofs.map(({ name, about, phases }) => {
    const [alone] = phases
    const missed = phases.filter(
      ({ quiet }) => alone && percentile(quiet, 0.99) > 1.5 * percentile(alone.quiet, 0.99),
    )
    const verdict =
      missed.length === 0
        ? 'The goal is met.'
        : `The goal is missed ${missed.map((phase) => `*${phase.name}*`).join(' and ')}: [processors know no shares](limits.md#what-is-not-shared-yet), and the flood's work and theirs run on the same cores.`
    return `## ${name[0]?.toUpperCase()}${name.slice(1)}\n\n${about}\n\n${phaseTable(phases)}\n\n${verdict}\n`
  })
  return `# Fair shares, measured

\`npm run test:fair-shares -- --seconds ${seconds} --record\`, ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores, which services, PostgreSQL and all loads share.
The goal is no error for quiet tenants, and 1.5 times their p99 alone at most.

${parts.join('\n')}`
}
