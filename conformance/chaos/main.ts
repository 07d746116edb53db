import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { RunningSystem } from '../end-to-end/running-system.ts'
import { runChaos } from './chaos.ts'
import { describeChaos, summarise } from './record.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    orders: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    record: { type: 'boolean', default: false },
  },
})
const [rounds, orders, seed] = [values.rounds, values.orders, values.seed].map(Number) as [
  number,
  number,
  number,
]
if (![rounds, orders, seed].every(Number.isSafeInteger) || rounds < 1 || orders < 5) {
  console.error(
    'npm run test:chaos [-- --rounds N] [-- --orders <of each round>] [-- --seed N] [-- --record]',
  )
  process.exit(2)
}

console.log(`seed ${seed}, ${rounds} rounds of ${orders} orders`)
const system = await RunningSystem.create()
process.once('SIGINT', () => void system.remove().finally(() => process.exit(130)))
await system.start()
const played = await runChaos(system, {
  ...{ rounds, orders, seed },
  onRound: ({ round, victim, acknowledged, tried, recoveredMs, faults }) => {
    const seconds = (recoveredMs / 1000).toFixed(1)
    console.log(
      `${String(round + 1).padStart(3)}  ${victim.padEnd(24)} ${acknowledged} acknowledged in ${tried} tries, whole after ${seconds} s`,
    )
    for (const fault of faults.slice(0, 10)) console.log(`     ${fault}`)
  },
}).finally(() => system.remove())
const { p95Ms, maxMs, acknowledged, faults } = summarise(played)
console.log(
  `\n${acknowledged} orders acknowledged, ${faults} faults; recovery p95 ${(p95Ms / 1000).toFixed(1)} s, at most ${(maxMs / 1000).toFixed(1)} s`,
)
if (values.record) writeFileSync('docs/operating/chaos.md', describeChaos(played, { seed, orders }))
process.exit(faults === 0 && p95Ms <= 10_000 ? 0 : 1)
