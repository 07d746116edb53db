import { parseArgs } from 'node:util'
import { describeRun, holds, recordRun } from './record.ts'
import { runUsage } from './run-usage.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    tenants: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    record: { type: 'boolean', default: false },
  },
})
const [requests, tenants, seed] = [values.requests, values.tenants, values.seed].map(Number) as [
  number,
  number,
  number,
]
if (![requests, tenants, seed].every((number) => Number.isSafeInteger(number) && number > 0) || tenants < 2) {
  console.error('npm run test:usage [-- --requests <n>] [--tenants <n>] [--seed <n>] [--record]')
  process.exit(2)
}
console.log(`seed ${seed}`)
const run = await runUsage({ requests, tenants, seed, computing: 60 })
console.log(describeRun(run))
if (values.record) recordRun(run)
process.exitCode = holds(run) ? 0 : 1
