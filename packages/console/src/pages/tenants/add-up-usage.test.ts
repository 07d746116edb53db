import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type UsageTotals, usageFigures } from '../../api/usage.ts'
import { figureByHour, totalsByService } from './add-up-usage.ts'

const row = (hourS: number | null, service: string, deployment: string, requests: number, cpuMs: number) => ({
  ...{ hourS, service, deployment, tenant: 'tenant-a', tier: 'basic' },
  totals: { ...Object.fromEntries(usageFigures.map((name) => [name, 0])), requests, cpuMs } as UsageTotals,
})
const rows = [
  row(3_600, 'order', 'order.pool', 2, 5),
  row(7_200, 'order', 'order.a', 3, 1),
  row(7_200, 'invoice', 'invoice.pool', 4, 0),
]

describe('a tenant’s usage', () => {
  it('is added up by service, over hours and deployments', () => {
    const totals = totalsByService({ rows })
    assert.deepEqual(
      [...totals].map(([name, { requests, cpuMs }]) => [name, requests, cpuMs]),
      [
        ['invoice', 4, 0],
        ['order', 5, 6],
      ],
    )
  })

  it('is added up by hour, over the services that are asked for', () => {
    assert.deepEqual(
      [...figureByHour({ rows }, 'requests')],
      [
        [3_600, 2],
        [7_200, 7],
      ],
    )
    assert.deepEqual(
      [...figureByHour({ rows }, 'requests', (service) => service === 'invoice')],
      [[7_200, 4]],
    )
    assert.deepEqual([...figureByHour({ rows: [row(null, 'order', 'order.pool', 1, 1)] }, 'requests')], [])
  })
})
