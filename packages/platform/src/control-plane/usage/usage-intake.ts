import type { IncomingMessage } from 'node:http'
import { TenantryError } from '@tenantry/context'
import type { UsageSeries } from '@tenantry/metrics'
import type { Directory, DirectoryWorkload } from '@tenantry/routing'
import { readJson } from '../bodies/read-json.ts'
import { acceptUsage, reportBytesMax, reportSchema, sourceOf } from './accept-usage.ts'
import type { LiveUsage } from './live-usage.ts'
import type { UsageStore } from './usage-store.ts'

/** What reports are taken with. */
export interface UsageIntakeParts {
  readonly directory: Directory
  readonly store: Pick<UsageStore, 'store'>
  readonly live: Pick<LiveUsage, 'note'>
  readonly series: Pick<UsageSeries, 'add'>
  /** Told of what was in a report and is not believed. */
  readonly onDropped: (workload: string, reason: string, rows: number) => void
}

/** Takes what workloads report of their tenants. */
export class UsageIntake {
  readonly #parts: UsageIntakeParts

  constructor(parts: UsageIntakeParts) {
    this.#parts = parts
  }

  /**
   * Stores a report, and resolves once it is committed: whoever hears of it may forget it. Rows that cannot be true are left out and told of.
   * Rejects with `WORKLOAD_REFUSED` (403) for a workload that has no tenants, `USAGE_INVALID` (400) for what is no report, and as the
   * database does.
   */
  async take(workload: DirectoryWorkload, request: IncomingMessage): Promise<void> {
    const { directory, store, live, series, onDropped } = this.#parts
    const source = sourceOf(directory, workload)
    if (!source) throw refused()
    const parsed = reportSchema.safeParse(await readJson(request, { bytesMax: reportBytesMax, invalid }))
    if (!parsed.success) throw invalid(parsed.error.issues[0]?.path.join('.') || 'body')
    const { data: report } = parsed
    const accepted = acceptUsage(directory, source, report)
    for (const [reason, rows] of accepted.dropped) onDropped(workload.id, reason, rows)
    const growths = await store.store(accepted.source, accepted.rows)
    for (const { tenant, tier, totals } of growths) series.add({ id: tenant, tier }, accepted.source, totals)
    const { collection, sinceMs } = report
    live.note(accepted.source, { collection, sinceMs, growths, callers: accepted.callers })
  }
}

function invalid(what: string): TenantryError {
  return new TenantryError('USAGE_INVALID', `this is no report of usage: ${what}`, {
    status: 400,
    help: 'see that this process and the control plane are of one release',
  })
}

function refused(): TenantryError {
  return new TenantryError('WORKLOAD_REFUSED', 'this workload has no tenants to tell of', {
    status: 403,
    help: 'gateways, the relay and deployments report what tenants use',
  })
}
