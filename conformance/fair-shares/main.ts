import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { RunningSystem, type SystemUnderTest } from '../end-to-end/running-system.ts'
import { runConnectionPhases, runEventPhases } from './bottleneck-phases.ts'
import { runGatewayPhases } from './gateway-phases.ts'
import type { Phase } from './phase.ts'
import { countErrors, describeRun, type Proof, phaseTable } from './record.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    only: { type: 'string' },
    record: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)

const bottlenecks: SystemUnderTest = {
  launcher: join(import.meta.dirname, '../../packages/cli/bin/tenantry.js'),
  folder: join(import.meta.dirname, 'bottlenecks'),
  config: 'tenantry.config.ts',
  nodeFlags: [],
}

interface Measured extends Pick<Proof, 'name' | 'about'> {
  readonly under?: SystemUnderTest
  readonly run: (system: RunningSystem, phaseMs: number) => Promise<Phase[]>
}

const proofs: readonly Measured[] = [
  {
    name: 'gateway',
    about:
      'The shop. Three quiet tenants each list their products 10 times a second; a fourth, in the same pool, floods the same service.',
    run: runGatewayPhases,
  },
  {
    name: 'connections',
    about:
      'A service with ten connections. Three quiet tenants each ask for a quick statement 10 times a second, by the gateway; a fourth for statements that have a connection for 200 ms.',
    under: bottlenecks,
    run: runConnectionPhases,
  },
  {
    name: 'events',
    about:
      'A subscriber that takes 200 ms for each event. Three quiet tenants each emit 5 a second; a fourth emits ten times as many as eight at once can be. Measured from the emitting statement to the handler’s.',
    under: bottlenecks,
    run: runEventPhases,
  },
]
const wanted = proofs.filter(({ name }) => values.only === undefined || name === values.only)
if (!Number.isSafeInteger(seconds) || seconds < 1 || wanted.length === 0) {
  const names = proofs.map(({ name }) => name).join('|')
  console.error(`npm run test:fair-shares [-- --seconds <of each phase>] [--only ${names}] [--record]`)
  process.exit(2)
}

const done: Proof[] = []
for (const { name, about, under, run } of wanted) {
  const system = await RunningSystem.create(under)
  process.once('SIGINT', () => void system.remove().finally(() => process.exit(130)))
  try {
    await system.start()
    const phases = await run(system, seconds * 1000)
    console.log(`${name}\n${phaseTable(phases)}\n`)
    done.push({ name, about, phases })
  } finally {
    await system.remove()
  }
}
if (values.record) writeFileSync('docs/operating/fair-shares.md', describeRun(done, seconds))
const errors = done.flatMap(({ phases }) => phases).reduce((sum, { quiet }) => sum + countErrors(quiet), 0)
console.log(`${errors} errors for quiet tenants`)
process.exitCode = errors === 0 ? 0 : 1
