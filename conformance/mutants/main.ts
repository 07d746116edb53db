import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startTestPostgres } from '../../tools/test-postgres.ts'
import { mutate } from './mutant.ts'
import { mutants } from './mutants.ts'
import { describeFates } from './record.ts'
import { type Fate, runMutants } from './run-mutants.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
})
const chosen = mutants.filter(({ name }) => values.only === undefined || name === values.only)
if (chosen.length === 0 || (values.record && values.only !== undefined)) {
  console.error(`npm run test:mutants [-- --only '<name>' | --record] [-- --json]; the names:`)
  for (const { name } of mutants) console.error(`  ${name}`)
  process.exit(2)
}
for (const mutant of mutants) mutate(mutant, '.')

const { stop, ...server } = await startTestPostgres()
process.env.TENANTRY_TEST_POSTGRES = JSON.stringify(server)
const interrupt = () => void stop().finally(() => process.exit(130))
process.once('SIGINT', interrupt).once('SIGTERM', interrupt)

function tell({ mutant: { name, changes }, killed, by, seconds }: Fate): void {
  const file = changes[0]?.file
  if (values.json) console.log(JSON.stringify({ name, file, killed, by, seconds }))
  else
    console.log(
      `${killed ? 'killed' : 'ALIVE '} ${seconds.toFixed(1).padStart(5)} s  ${name}\n  ${file}: ${by}`,
    )
}

const startedAt = performance.now()
const fates = await runMutants(chosen, { told: tell }).finally(stop)
const seconds = (performance.now() - startedAt) / 1000
const alive = fates.filter(({ killed }) => !killed)
if (values.record) writeFileSync('docs/operating/mutants.md', describeFates(fates, seconds))
if (!values.json)
  console.log(`\n${fates.length - alive.length} of ${fates.length} killed in ${seconds.toFixed(0)} s`)
process.exit(alive.length > 0 ? 1 : 0)
