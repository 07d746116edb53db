import type { UsageTotals } from '@tenantry/metrics'

/** Totals that add up: so many requests of 3 ms each, and what is named besides. */
export function usageTotals(requests: number, others: Partial<UsageTotals> = {}): UsageTotals {
  return {
    ...{ requests, errors: 0, limited: 0, durationMs: 3 * requests },
    durations: [0, 0, requests, ...Array.from({ length: 11 }, () => 0)],
    ...{ bytesIn: 0, bytesOut: 0, statements: 0, databaseMs: 0, databaseRows: 0 },
    ...{ eventsEmitted: 0, eventsDelivered: 0, cpuMs: 0 },
    ...others,
  }
}
