import { durationBoundsMs, type UsageTotals } from '@tenantry/metrics'

type Figure = Exclude<keyof UsageTotals, 'durations'>

// The names that the database has for what is added up, by those that everyone else has.
const columnOf: Record<Figure, string> = {
  requests: 'requests',
  errors: 'errors',
  limited: 'limited',
  durationMs: 'duration_ms',
  bytesIn: 'bytes_in',
  bytesOut: 'bytes_out',
  statements: 'statements',
  databaseMs: 'database_ms',
  databaseRows: 'database_rows',
  eventsEmitted: 'events_emitted',
  eventsDelivered: 'events_delivered',
  cpuMs: 'cpu_ms',
}
const figures = Object.keys(columnOf) as Figure[]

/** The figures that are no list, in the order of their columns. */
export const usageFigures: readonly Figure[] = figures

/** The columns of totals: one for each figure, and one for each bucket of durations. */
export const usageColumns: readonly string[] = [
  ...figures.map((figure) => columnOf[figure]),
  ...Array.from({ length: durationBoundsMs.length + 1 }, (_, bucket) => `durations_${bucket}`),
]

/** The values of `usageColumns`. */
export function columnsOf(totals: UsageTotals): number[] {
  return [...figures.map((figure) => totals[figure]), ...totals.durations]
}

/** Totals of the values of `usageColumns`. */
export function totalsOf(values: readonly number[]): UsageTotals {
  const named = Object.fromEntries(figures.map((figure, at) => [figure, values[at] ?? 0]))
  return { ...(named as Record<Figure, number>), durations: values.slice(figures.length) }
}
