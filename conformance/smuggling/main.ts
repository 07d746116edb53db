import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fuzzGateway } from './fuzz-gateway.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '60000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    record: { type: 'boolean', default: false },
  },
})
const [requests, seed] = [Number(values.requests), Number(values.seed)]
if (!Number.isSafeInteger(requests) || !Number.isSafeInteger(seed) || requests < 1) {
  console.error('npm run test:smuggling [-- --requests N] [-- --seed N] [-- --record]')
  process.exit(2)
}

console.log(`seed ${seed}`)
const { tried, answers, forwarded, misses } = await fuzzGateway({ seed, requests })
const told = Object.entries(answers).map(([status, count]) => `${status}: ${count}`)
console.log(
  `${tried} sent, ${forwarded} reached the service, ${misses.length} misses; answers ${told.join(', ')}`,
)
for (const miss of misses.slice(0, 20)) console.log(`  missed: ${miss}`)
if (values.record) {
  const date = new Date().toISOString().slice(0, 10)
  writeFileSync(
    'docs/operating/smuggling.md',
    `# Requests that can be read in two ways

\`npm run test:smuggling -- --record\`, ${date}, seed ${seed}. Each is sent to the gateway as bytes, on a connection of its own: lengths and encodings that contradict each other or are
none, targets and headers in other forms, requests inside bodies ([all ways](../../conformance/smuggling/ambiguous-request.ts)). Behind it is a service that reads bytes itself and
holds against the gateway whatever another program could read otherwise. A miss is an answer of 5xx, a request at the service that the gateway does not know of, or knows once and was sent twice,
another target than was sent, and bytes that are not one request.

| sent | reached the service | answers | misses |
|---|---|---|---|
| ${tried} | ${forwarded} | ${told.join(', ')} | ${misses.length} |

A short form runs in \`npm test\`.
`,
  )
}
process.exit(misses.length === 0 ? 0 : 1)
