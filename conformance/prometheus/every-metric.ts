import { createMeters, durationBoundsMs, TenantGauges, UsageSeries } from '@tenantry/metrics'
import { readGauges } from '../../packages/platform/src/control-plane/usage/read-gauges.ts'

const tenant = { id: 'tenant-a', tier: 'basic' }
const figures = { requests: 1, errors: 1, limited: 1, durationMs: 1, bytesIn: 1, bytesOut: 1, statements: 1 }
const used = {
  ...{ ...figures, databaseMs: 1, databaseRows: 1, eventsEmitted: 1, eventsDelivered: 1, cpuMs: 1 },
  durations: durationBoundsMs.map(() => 0),
}

/** The page of meters that were told of everything that there is to tell, as the control plane and a process make theirs. */
export async function everyMetric(): Promise<string> {
  const usage = new UsageSeries(1)
  usage.add(tenant, { service: 'order', deployment: 'order.pool', isSilo: false }, used)
  const waiting = {
    tenant: 'tenant-a',
    service: 'order',
    place: 'bus',
    waiting: 1,
    parked: false,
    reason: null,
  } as const
  const gauges = new TenantGauges(1, async () =>
    readGauges(
      { tenants: new Map() },
      {
        lag: {
          lag: [{ ...waiting, oldestAt: new Date().toISOString() }],
          away: [],
          kept: { bus: 0, outboxes: 0, inboxes: 0 },
          unread: [],
        },
        loud: [{ tenant: 'tenant-a', tier: 'basic', what: 'cpu', share: 1, fair: 0.5 }],
      },
    ),
  )
  const meters = createMeters({ service: 'order', deployment: 'order.pool', producers: [usage, gauges] })
  meters.startRequest('GET')
  meters.recordRequest({ tenant, method: 'GET', route: '/', status: 200, durationS: 0.1 })
  for (const what of ['emitted', 'delivered', 'refused'] as const)
    meters.recordEvent(what, 'order.placed', tenant)
  meters.observeCircuits(() => [{ deployment: 'order.pool', isOpen: true, opened: 1 }])
  meters.recordFinding('no-scope', undefined)
  return meters.prometheusPage()
}
