import { hourSeconds, usageBasis } from '@tenantry/metrics'
import type { UsageOf } from './usage-store.ts'

/**
 * Usage as CloudEvents 1.0 in JSON, one a line: a tenant, service, deployment and hour each. The id is made of those, so that what is
 * exported twice is one event to whoever takes it.
 */
export async function* usageCloudEvents(
  hours: AsyncIterable<UsageOf>,
  trustDomain: string,
): AsyncGenerator<string> {
  for await (const { hourS, tenant, tier, service, deployment, totals } of hours) {
    if (hourS === null) continue
    const hour = new Date(hourS * 1000).toISOString()
    yield `${JSON.stringify({
      specversion: '1.0',
      id: `${hour}/${tenant}/${deployment}`,
      source: `//${trustDomain}/usage`,
      type: 'tenantry.usage.hour',
      subject: tenant,
      time: new Date((hourS + hourSeconds) * 1000).toISOString(),
      datacontenttype: 'application/json',
      tenantid: tenant,
      data: { hour, tenant, tier, service, deployment, totals, basis: usageBasis },
    })}\n`
  }
}
