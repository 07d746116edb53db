import type { GaugeSample, TenantGauge } from '@tenantry/metrics'
import type { Directory } from '@tenantry/routing'
import type { EventLagAnswer } from '../events/event-answers.ts'
import type { LoudTenant } from './live-usage.ts'

const waiting: TenantGauge = {
  ...{ name: 'tenantry.events.waiting', unit: '{event}', fold: 'sum' },
  description: 'Events that were not delivered yet, by subscriber; in outboxes by who emitted them',
}
const oldest: TenantGauge = {
  ...{ name: 'tenantry.events.oldest.age', unit: 's', fold: 'max' },
  description: 'For how long the oldest of them has waited',
}
const loud: TenantGauge = {
  ...{ name: 'tenantry.tenant.loud', unit: '1', fold: 'max' },
  description:
    'The share of whoever takes more of something than its own, by what; nothing where nobody does',
}

/** What the control plane's gauges show: the events of each tenant that wait, and who is loud. */
export function readGauges(
  directory: Pick<Directory, 'tenants'>,
  { lag, loud: found }: { lag: EventLagAnswer; loud: readonly LoudTenant[] },
): GaugeSample[] {
  const nowMs = Date.now()
  const tenantOf = (id: string) => ({ id, tier: directory.tenants.get(id)?.tier ?? 'none' })
  const lagging = lag.lag.flatMap(({ tenant, service, place, waiting: count, oldestAt }) => {
    const attributes = { 'tenantry.event.service': service, 'tenantry.event.place': place }
    const of = { tenant: tenantOf(tenant), attributes }
    return [
      { ...of, gauge: waiting, value: count },
      { ...of, gauge: oldest, value: Math.max(0, nowMs - Date.parse(oldestAt)) / 1000 },
    ]
  })
  const louder = found.map(({ tenant, what, share }) => ({
    ...{ gauge: loud, tenant: tenantOf(tenant), value: share },
    attributes: { 'tenantry.resource': what },
  }))
  return [...lagging, ...louder]
}
