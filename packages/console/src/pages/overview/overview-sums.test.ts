import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addUpServices } from './add-up-services.ts'
import { costByTenant } from './cost-by-tenant.ts'
import { orderBusy } from './order-busy.ts'

const deployment = (id: string, service: string | null, requestsPerSecond: number, p95Ms: number | null) => ({
  ...{ id, service, requestsPerSecond, p95Ms, errorsPerSecond: 1, limitedPerSecond: 0, p50Ms: null },
  ...{ cpuCores: 0.5, databaseMsPerSecond: 2, eventsPerSecond: 0 },
})

describe('the overview', () => {
  it('adds deployments up to services, with the slowest p95 and never a sum of them', () => {
    const sums = addUpServices([
      deployment('order.pool', 'order', 4, 20),
      deployment('order.a', 'order', 1, null),
      deployment('relay', null, 0, null),
    ])
    assert.deepEqual(sums, [
      {
        service: 'order',
        requestsPerSecond: 5,
        errorsPerSecond: 2,
        p95Ms: 20,
        databaseMsPerSecond: 4,
        cpuCores: 1,
      },
      {
        service: 'relay',
        requestsPerSecond: 0,
        errorsPerSecond: 1,
        p95Ms: null,
        databaseMsPerSecond: 2,
        cpuCores: 0.5,
      },
    ])
  })

  it('adds cost up by tenant, the dearest first', () => {
    const row = (tenant: string, cost: number) => ({
      tenant,
      cost,
      tier: null,
      service: 'order',
      placement: 'pool',
      parts: {},
    })
    assert.deepEqual(
      [...costByTenant({ rows: [row('a', 1), row('b', 3), row('a', 1)] })],
      [
        ['b', 3],
        ['a', 2],
      ],
    )
  })

  it('keeps tenants in the order of their last seconds', () => {
    const rates = new Map([
      ['a', [9, ...Array(10).fill(0)]],
      ['b', [1, 1]],
      ['c', [0, 2]],
    ])
    assert.deepEqual(
      orderBusy([{ id: 'a' }, { id: 'c' }, { id: 'b' }], rates).map(({ id }) => id),
      ['b', 'c', 'a'],
    )
  })
})
