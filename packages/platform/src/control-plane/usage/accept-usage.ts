import { durationBoundsMs, hourSeconds, outside, type usageBasis } from '@tenantry/metrics'
import { type Directory, type DirectoryWorkload, deploymentIdFor } from '@tenantry/routing'
import { z } from 'zod'
import { openHoursS, type ReportedUsage, type UsageSource } from './usage-store.ts'

/** The largest body of a report. */
export const reportBytesMax = 1024 * 1024

const rowsMax = 1_000
const callersMax = 1_000
// More than an hour of any process brings: what is beyond is a mistake, or a lie that would spoil every sum.
const figureMax = 1e15
const clocksDifferS = 300

const figure = z.number().min(0).max(figureMax)
const count = figure.int()
const totalsSchema = z.strictObject({
  ...{ requests: count, errors: count, limited: count, durationMs: figure },
  durations: z.array(count).length(durationBoundsMs.length + 1),
  ...{ bytesIn: count, bytesOut: count, statements: count, databaseMs: figure, databaseRows: count },
  ...{ eventsEmitted: count, eventsDelivered: count, cpuMs: figure },
} satisfies Record<keyof typeof usageBasis, z.ZodType>)

const rowSchema = z.strictObject({
  hourS: z.int().min(0).multipleOf(hourSeconds),
  tenant: z.string().max(40),
  totals: totalsSchema,
})

/** A report as it is sent; its rows are looked at one by one. */
export const reportSchema = z.strictObject({
  epoch: z.uuid(),
  collection: z.int().min(1),
  sinceMs: z.number().min(0),
  rows: z.array(z.unknown()).max(rowsMax),
  callers: z
    .record(z.string().max(100), count)
    .refine((callers) => Object.keys(callers).length <= callersMax, `at most ${callersMax}`),
})

/** What is taken of a report, and why the other rows are not. */
export interface AcceptedUsage {
  readonly source: UsageSource
  readonly rows: readonly ReportedUsage[]
  readonly callers: ReadonlyMap<string, number>
  /** For each reason, how many rows. */
  readonly dropped: ReadonlyMap<string, number>
}

/** Who a workload reports as; `undefined` for one that has nothing to report. */
export function sourceOf(
  directory: Directory,
  { id, kind }: DirectoryWorkload,
): Omit<UsageSource, 'epoch'> | undefined {
  if (kind === 'gateway' || kind === 'relay') return { kind, service: kind, deployment: id, isSilo: false }
  const deployment = kind === 'service' ? directory.deployments.get(id) : undefined
  return (
    deployment && { kind, service: deployment.service, deployment: id, isSilo: deployment.tenant !== null }
  )
}

/**
 * Takes of a report what can be true. INVARIANT: a deployment tells of the tenants that it serves and of no others, and of tenants that there
 * are; their tier is the catalog's.
 */
export function acceptUsage(
  directory: Directory,
  source: Omit<UsageSource, 'epoch'>,
  report: z.output<typeof reportSchema>,
): AcceptedUsage {
  const dropped = new Map<string, number>()
  const drop = (reason: string) => void dropped.set(reason, (dropped.get(reason) ?? 0) + 1)
  const nowS = Date.now() / 1000
  const seen = new Set<string>()
  const rows = report.rows.flatMap((sent): ReportedUsage[] => {
    const { data: row } = rowSchema.safeParse(sent)
    const tenant = row && directory.tenants.get(row.tenant)
    const key = `${row?.hourS}/${row?.tenant}`
    if (!row) drop('is malformed')
    else if (row.totals.durations.reduce((sum, count) => sum + count, 0) !== row.totals.requests)
      drop('does not add up')
    else if (Math.max(row.totals.errors, row.totals.limited) > row.totals.requests) drop('does not add up')
    else if (!tenant) drop('is of no tenant')
    else if (!serves(directory, source, row.tenant)) drop('is of a tenant that is served elsewhere')
    else if (row.hourS > nowS + clocksDifferS) drop('is of an hour to come')
    else if (row.hourS + hourSeconds < nowS - openHoursS) drop('is more than a day old')
    else if (seen.has(key)) drop('is there twice')
    else {
      seen.add(key)
      return [{ hourS: row.hourS, tenant: tenant.id, tier: tenant.tier, totals: row.totals }]
    }
    return []
  })
  const known = (caller: string) => caller === outside || directory.workloads.has(caller)
  const callers = new Map(Object.entries(report.callers).filter(([caller]) => known(caller)))
  return { source: { ...source, epoch: report.epoch }, rows, callers, dropped }
}

function serves(
  { tenants }: Directory,
  { kind, service, deployment }: Omit<UsageSource, 'epoch'>,
  id: string,
): boolean {
  const tenant = tenants.get(id)
  // Gateways and the relay are everyone's.
  return kind !== 'service' || (tenant !== undefined && deploymentIdFor(tenant, service) === deployment)
}
