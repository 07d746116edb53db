import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { RunningSystem } from '../end-to-end/running-system.ts'
import { runPhases } from './phases.ts'
import { countErrors, describeRun, phaseTable } from './record.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, record: { type: 'boolean', default: false } },
})
const seconds = Number(values.seconds)
if (!Number.isSafeInteger(seconds) || seconds < 1) {
  console.error('npm run test:fair-shares [-- --seconds <of each phase>] [--record]')
  process.exit(2)
}

const system = await RunningSystem.create()
process.once('SIGINT', () => void system.remove().finally(() => process.exit(130)))
try {
  await system.start()
  const phases = await runPhases(system, seconds * 1000)
  console.log(phaseTable(phases))
  if (values.record) writeFileSync('docs/operating/fair-shares.md', describeRun(phases, seconds))
  const errors = phases.reduce((sum, { quiet }) => sum + countErrors(quiet), 0)
  console.log(`\n${errors} errors for quiet tenants`)
  process.exitCode = errors === 0 ? 0 : 1
} finally {
  await system.remove()
}
