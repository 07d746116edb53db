import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { natsMissing } from '../../tools/start-nats.ts'
import { type ChaosRound, runChaos } from './chaos.ts'
import { describeRun, type OutageOfBus, summarise } from './record.ts'
import { type Bus, startShop } from './start-shop.ts'
import { outages, withholdTokenService } from './token-service-outage.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    orders: { type: 'string', default: '1000' },
    'outage-seconds': { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    record: { type: 'boolean', default: false },
  },
})
const [rounds, orders, outageS, seed] = [
  ...[values.rounds, values.orders, values['outage-seconds'], values.seed].map(Number),
] as [number, number, number, number]
if (![rounds, orders, outageS, seed].every(Number.isSafeInteger) || rounds < 1 || orders < 5) {
  console.error(
    'npm run test:chaos [-- --rounds N] [--orders <of each round>] [--outage-seconds N] [--seed N] [--record]',
  )
  process.exit(2)
}

/** A shop is given up after so many rounds: its list of invoices, which is read whole, only grows. */
const roundsOfShop = 10
const buses: readonly Bus[] = natsMissing ? ['postgres'] : ['postgres', 'nats']
if (natsMissing) console.log(`${natsMissing}: events wait in PostgreSQL in every round`)

console.log(`seed ${seed}, ${rounds} rounds of ${orders} orders`)
const played: ChaosRound[] = []
const withheld: OutageOfBus[] = []
for (let from = 0; from < rounds; from += roundsOfShop) {
  const bus = buses[(from / roundsOfShop) % buses.length] ?? 'postgres'
  console.log(`events in ${bus}`)
  const shop = await startShop(bus)
  const interrupt = () => void shop.remove().finally(() => process.exit(130))
  process.once('SIGINT', interrupt)
  try {
    const ofShop = await runChaos(shop.system, {
      ...{ seed: seed + from, rounds: Math.min(roundsOfShop, rounds - from), orders, others: shop.nodes },
      onRound: (round) => tellRound(from, round),
    })
    played.push(...ofShop.map((round) => ({ ...round, round: from + round.round })))
    if (from / roundsOfShop < buses.length && outageS > 0) {
      for (const how of outages) {
        const outage = await withholdTokenService(shop.system, { how, forMs: outageS * 1000 })
        withheld.push({ bus, outage })
        console.log(
          `token service ${how} for ${outageS} s: ${outage.finished} of ${outage.open} open requests ended well, ${outage.refused} new ones refused (slowest after ${outage.slowestMs.toFixed(0)} ms), whole after ${(outage.recoveredMs / 1000).toFixed(1)} s`,
        )
        for (const fault of outage.faults.slice(0, 10)) console.log(`     ${fault}`)
      }
    }
  } finally {
    process.off('SIGINT', interrupt)
    await shop.remove()
  }
}
const { p95Ms, maxMs, acknowledged, faults } = summarise(played)
console.log(
  `\n${acknowledged} orders acknowledged, ${faults} faults; recovery p95 ${(p95Ms / 1000).toFixed(1)} s, at most ${(maxMs / 1000).toFixed(1)} s`,
)
if (values.record) writeFileSync('docs/operating/chaos.md', describeRun(played, withheld, { seed, orders }))
const sound = faults === 0 && withheld.every(({ outage }) => outage.faults.length === 0)
process.exit(sound && p95Ms <= 10_000 ? 0 : 1)

function tellRound(
  from: number,
  { round, victim, acknowledged, tried, recoveredMs, faults }: ChaosRound,
): void {
  console.log(
    `${String(from + round + 1).padStart(3)}  ${victim.padEnd(24)} ${acknowledged} acknowledged in ${tried} tries, whole after ${(recoveredMs / 1000).toFixed(1)} s`,
  )
  for (const fault of faults.slice(0, 10)) console.log(`     ${fault}`)
}
