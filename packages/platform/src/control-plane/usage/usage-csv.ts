import { durationBoundsMs } from '@tenantry/metrics'
import { columnsOf, usageColumns } from './usage-columns.ts'
import type { UsageOf } from './usage-store.ts'

const header = [
  ...['hour', 'tenant', 'tier', 'service', 'deployment'],
  ...usageColumns.map((column) => {
    const bucket = /^durations_(\d+)$/.exec(column)?.[1]
    if (bucket === undefined) return column
    const bound = durationBoundsMs[Number(bucket)]
    return bound === undefined ? 'requests_longer' : `requests_to_${bound}_ms`
  }),
]

/** Usage as CSV (RFC 4180), with a header row. A text that a spreadsheet would take for a formula has an apostrophe in front. */
export async function* usageCsv(rows: AsyncIterable<UsageOf>): AsyncGenerator<string> {
  yield lineOf(header)
  for await (const { hourS, tenant, tier, service, deployment, totals } of rows) {
    const hour = hourS === null ? '' : new Date(hourS * 1000).toISOString()
    yield lineOf([hour, tenant, tier, service, deployment, ...columnsOf(totals).map(String)])
  }
}

function lineOf(fields: readonly string[]): string {
  return `${fields.map(fieldOf).join(',')}\r\n`
}

/** One field, with quotes where it needs them. */
export function fieldOf(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
