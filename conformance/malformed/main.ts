import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type FuzzOutcome, fuzz } from './fuzz.ts'
import { startTargets } from './targets.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    record: { type: 'boolean', default: false },
  },
})
const [requests, seed] = [Number(values.requests), Number(values.seed)]
if (!Number.isSafeInteger(requests) || !Number.isSafeInteger(seed) || requests < 1) {
  console.error('npm run test:malformed [-- --requests <of each target>] [-- --seed N] [-- --record]')
  process.exit(2)
}

console.log(`seed ${seed}`)
const outcomes: { name: string; outcome: FuzzOutcome }[] = []
for (const target of await startTargets()) {
  const outcome = await fuzz(target, { seed, requests })
  outcomes.push({ name: target.name, outcome })
  console.log(
    `${target.name}: ${outcome.tried}, ${outcome.misses.length} misses; ${JSON.stringify(outcome.answers)}`,
  )
  for (const miss of outcome.misses.slice(0, 20)) console.log(`  missed: ${miss}`)
}
if (values.record) writeFileSync('docs/operating/malformed.md', describe(outcomes))
process.exit(outcomes.every(({ outcome }) => outcome.misses.length === 0) ? 0 : 1)

function describe(all: typeof outcomes): string {
  const date = new Date().toISOString().slice(0, 10)
  const rows = all.map(({ name, outcome: { tried, answers, misses } }) => {
    const told = Object.entries(answers).map(([status, count]) => `${status}: ${count}`)
    return `| ${name} | ${tried} | ${told.join(', ')} | ${misses.length} |`
  })
  return `# Malformed tokens and headers

\`npm run test:malformed -- --record\`, ${date}, seed ${seed}. Over raw connections, each target was sent requests with tokens that are altered, re-headed, put together
otherwise, spelled otherwise, signed and no good, or noise, and with good tokens in places and numbers that are not good
([all ways](../../conformance/malformed)). A miss is one that was answered with 2xx, 3xx or 5xx, or after which a good request was not answered as before.

| target | requests | answers | misses |
|---|---|---|---|
${rows.join('\n')}

A short form runs in \`npm test\`.
`
}
