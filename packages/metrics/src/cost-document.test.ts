import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { allocateCost, type CostedUsage, type PricedUnit, pricedUnits } from './allocate-cost.ts'
import { durationBoundsMs, type UsageTotals } from './usage.ts'

const nothing: UsageTotals = {
  ...{ requests: 0, errors: 0, limited: 0, durationMs: 0, durations: durationBoundsMs.map(() => 0) },
  ...{ bytesIn: 0, bytesOut: 0, statements: 0, databaseMs: 0, databaseRows: 0 },
  ...{ eventsEmitted: 0, eventsDelivered: 0, cpuMs: 0 },
}
const document = readFileSync(new URL('../../../docs/operating/cost.md', import.meta.url), 'utf8')

/** The example's lines, by the names of their columns. */
function readExample(): Record<string, string>[] {
  const [, example = ''] = /<!-- example: .*? -->\n([\s\S]*?)<!-- end -->/.exec(document) ?? []
  const [head = [], , ...lines] = example
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  return lines.map((cells) => Object.fromEntries(head.map((name, at) => [name, cells[at] ?? ''])))
}

test('the example of docs/operating/cost.md is what is divided so', () => {
  const lines = readExample()
  assert.equal(lines.length, 3)
  const bearerOf = ({ tenant = '' }: Record<string, string>) => ({ tenant, tier: 'basic' })
  const placed = (placement: string) => lines.filter((line) => line.placed === placement).map(bearerOf)
  const usage = lines.flatMap((line): CostedUsage[] => [
    {
      ...{ ...bearerOf(line), service: 'gateway', deployment: 'gateway' },
      totals: { ...nothing, requests: Number(line.requests) },
    },
    {
      ...{ ...bearerOf(line), service: 'order', deployment: `order.${line.placed}` },
      totals: {
        ...nothing,
        cpuMs: 1_000 * Number(line['cpu s']),
        databaseMs: 1_000 * Number(line['database s']),
      },
    },
  ])
  const free = Object.fromEntries(Object.keys(pricedUnits).map((unit) => [unit, 0]))
  const { rows, total } = allocateCost({
    prices: {
      platformHour: 0.06,
      deploymentHour: (_service, placement) => (placement === 'pool' ? 0.04 : 0.02),
      units: { ...(free as Record<PricedUnit, number>), millionRequests: 0.4 },
    },
    deployments: (['pool', 'silo'] as const).map((placement) => ({
      ...{ service: 'order', deployment: `order.${placement}`, placement, hours: 24 },
      bearers: placed(placement),
    })),
    ...{ usage, platformHours: 24, bearers: lines.map(bearerOf) },
  })
  for (const line of lines) {
    const its = rows.filter(({ tenant }) => tenant === line.tenant)
    const parts: Record<string, number> = Object.assign({}, ...its.map((row) => row.parts))
    for (const part of ['pool', 'silo', 'platform', 'millionRequests'])
      assert.equal(parts[part] ?? 0, Number(line[part]), `${line.tenant} ${part}`)
    const cost = its.reduce((sum, row) => sum + Math.round(row.cost * 1e6), 0) / 1e6
    assert.equal(cost, Number(line.cost), line.tenant)
  }
  assert.equal(total, 3.28)
  assert.ok(document.includes(`all together are ${total}.`))
})
