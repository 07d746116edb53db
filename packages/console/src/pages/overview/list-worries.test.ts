import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listWorries } from './list-worries.ts'

const nowMs = Date.parse('2026-01-01T00:10:00Z')
type Known = Parameters<typeof listWorries>[0]
const calm: Known = {
  ...{ deployments: [{ id: 'order.pool', addresses: ['http://x'] }], dead: [], isMoreDead: false },
  lag: undefined,
}
const wait = (waiting: number, oldestAt: string, parked = false) => ({
  ...{ tenant: 'a', service: 'order', place: 'bus' as const, reason: null },
  ...{ waiting, oldestAt, parked },
})
const texts = (known: Partial<Known>) => listWorries({ ...calm, ...known }, nowMs).map(({ text }) => text)

describe('what needs attention', () => {
  it('is nothing where all runs, and what waits waits for moments, or for a tenant that is suspended', () => {
    const lag = [wait(9, '2026-01-01T00:09:30Z'), wait(5, '2026-01-01T00:00:00Z', true)]
    assert.deepEqual(texts({ lag: { lag, away: [], unread: [] } }), [])
  })

  it('is what is down, away, given up, late or not read', () => {
    const lag = {
      lag: [wait(1, '2026-01-01T00:08:00Z'), wait(2, '2026-01-01T00:07:00Z')],
      away: [{ deployment: 'order.pool', since: '', opened: 1 }],
      unread: ['tenantry_a'],
    }
    const deployments = [{ id: 'order.pool', addresses: [] }]
    assert.deepEqual(texts({ deployments, dead: [{ state: 'dead' }], isMoreDead: true, lag }), [
      '1 deployment down',
      '1 deployment out of the relay’s reach',
      '1 event and more given up',
      '3 events waiting for over a minute',
      'tenantry_a not read',
    ])
  })
})
