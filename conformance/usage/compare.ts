import type { UsageTotals } from '@tenantry/metrics'
import type { Truth } from './known-load.ts'
import type { TenantUsage } from './usage-plant.ts'

/** Bytes of the data of an event that says nothing. */
const eventBytes = 2

/** One figure of one tenant, as it was counted and as it is. */
export interface Difference {
  readonly tenant: string
  readonly figure: string
  readonly counted: number
  readonly truth: number
}

/** Every figure that was counted otherwise than it is, at the gateway or in the service. */
export function differences(
  truths: ReadonlyMap<string, Truth>,
  usage: ReadonlyMap<string, TenantUsage>,
  where: readonly ('gateway' | 'work')[] = ['gateway', 'work'],
): Difference[] {
  return [...truths].flatMap(([tenant, truth]) =>
    where.flatMap((process) => {
      const counted = usage.get(tenant)?.[process]
      return Object.entries(expected(truth, process)).flatMap(([figure, value]) => {
        const found = counted?.[figure as keyof UsageTotals] ?? 0
        return found === value
          ? []
          : [{ tenant, figure: `${process} ${figure}`, counted: Number(found), truth: value }]
      })
    }),
  )
}

/** What a process has to have counted. Deliveries are requests to the service, past the gateway. */
export function expected(
  truth: Truth,
  process: 'gateway' | 'work',
): Partial<Record<keyof UsageTotals, number>> {
  const { requests, errors, bytesIn, bytesOut, statements, events } = truth
  if (process === 'gateway') return { requests, errors, bytesIn, bytesOut }
  return {
    ...{ requests: requests + events, errors, bytesIn: bytesIn + eventBytes * events, bytesOut, statements },
    ...{ eventsEmitted: events, eventsDelivered: events },
  }
}

/** How many requests the service counted fewer than were answered, since it had counted `before`. */
export function requestsLost(
  truths: ReadonlyMap<string, Truth>,
  usage: ReadonlyMap<string, TenantUsage>,
  before: ReadonlyMap<string, TenantUsage>,
): number {
  const counted = (of: typeof usage, tenant: string) => of.get(tenant)?.work?.requests ?? 0
  let lost = 0
  for (const [tenant, { requests }] of truths)
    lost += requests - (counted(usage, tenant) - counted(before, tenant))
  return lost
}
