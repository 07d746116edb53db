import { basename } from 'node:path'
import type { Fate } from './run-mutants.ts'

/** The page of docs that lists the mutants and what killed each. */
export function describeFates(fates: readonly Fate[], seconds: number): string {
  const rows = fates.map(({ mutant: { name, changes, tests }, killed, by, seconds }) => {
    const files = [...new Set(changes.map(({ file }) => `\`${basename(file)}\``))].join(', ')
    const killer = killed
      ? `${cell(by)} (\`${tests.map((file) => basename(file)).join(', ')}\`)`
      : `**${cell(by)}**`
    return `| ${cell(name)} | ${files} | ${killer} | ${seconds.toFixed(1)} |`
  })
  const killed = fates.filter((fate) => fate.killed).length
  return `# Mutants of isolation

Written by \`npm run test:mutants -- --record\` on ${new Date().toISOString().slice(0, 10)}: ${killed} of ${fates.length} killed, in ${seconds.toFixed(0)} s.

Each mutant weakens one thing on purpose: a policy, a grant, a key, a function, a refusal of a migration, or the pool's code. A
test has to fail by it. The sources as they are pass the same tests first; a mutant with which the tests cannot start does not
count as killed. \`npm run test:mutants -- --only '<name>'\` runs one; \`npm test\` sees that each still applies, and runs three that a
printed seed chooses.

| what is weakened | where | killed by | seconds |
|---|---|---|---|
${rows.join('\n')}
`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, 200)
}
