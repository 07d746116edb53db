import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startTestPostgres } from '../../../tools/test-postgres.ts'
import type { Scale } from './proof.ts'
import { describeProofs } from './record.ts'
import { runProofs, type TimedResult } from './run-proofs.ts'

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: 'full' },
    seed: { type: 'string' },
    record: { type: 'boolean', default: false },
  },
})
const scales: readonly Scale[] = ['full', 'short']
const scale = scales.find((each) => each === values.scale)
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
if (scale === undefined || !Number.isSafeInteger(seed)) {
  console.error('npm run test:proofs [-- --scale full|short] [-- --seed N] [-- --record]')
  process.exit(2)
}

const { stop, ...server } = await startTestPostgres()
process.env.TENANTRY_TEST_POSTGRES = JSON.stringify(server)
console.log(`seed ${seed}, ${scale}`)
const results: TimedResult[] = []
for await (const result of runProofs({ seed, scale })) {
  results.push(result)
  const { name, tried, control, misses, seconds } = result
  console.log(`\n${name}: ${tried}\n  ${misses.length} misses; ${control}; ${seconds.toFixed(1)} s`)
  for (const miss of misses.slice(0, 20)) console.log(`  missed: ${miss}`)
}
await stop()
const held = results.every(({ misses }) => misses.length === 0)
if (values.record) writeFileSync('docs/operating/proofs.md', describeProofs(results, { seed, scale }))
console.log(held ? '\nall proofs hold' : '\nNOT PROVED')
process.exit(held ? 0 : 1)
