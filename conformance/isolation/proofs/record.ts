import { availableParallelism, totalmem } from 'node:os'
import type { Scale } from './proof.ts'
import type { TimedResult } from './run-proofs.ts'

/** The page of docs that says what was proved, when, and how to do it again. */
export function describeProofs(
  results: readonly TimedResult[],
  { seed, scale }: { seed: number; scale: Scale },
): string {
  const gibibytes = Math.round(totalmem() / 2 ** 30)
  const rows = results.map(
    ({ name, tried, misses, control, seconds }) =>
      `| ${name} | ${tried} | ${misses.length} | ${control} | ${seconds.toFixed(0)} s |`,
  )
  return `# Proofs of isolation

Written by \`npm run test:proofs -- --record\` on ${new Date().toISOString().slice(0, 10)}, on ${availableParallelism()} cores with
${gibibytes} GiB, Node ${process.versions.node}, PostgreSQL from npm. Seed ${seed}, scale ${scale}:
\`npm run test:proofs -- --scale ${scale} --seed ${seed}\` makes the same choices again.

| proof | tried | misses | control | time |
|---|---|---|---|---|
${rows.join('\n')}

- **Forged leases**: altered bit by bit, truncated, extended, re-encoded, expired, and signed for another connection, role,
  database, key or tenant. A miss is one with which the database shows a row, or runs the statement at all.
- **Interleaved tenants**: every row that is read carries its tenant, and every row that was written is found under its tenant
  afterwards, once; what was rolled back, timed out or abandoned is not there.
- **Poisoned connections**: one tenant leaves settings, cursors, prepared statements, locks and channels on a connection; the next one's
  view of it is compared with a fresh connection's.

\`npm test\` runs the short form of each. What no grant can prevent is in [SECURITY.md](../../SECURITY.md).
`
}
