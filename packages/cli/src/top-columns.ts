import type { LiveSnapshot } from '@tenantry/platform'
import { plainText } from './plain-text.ts'

export type LiveTenant = LiveSnapshot['tenants'][number]

interface Column {
  readonly head: string
  /** Digits stand to the right. */
  readonly isFigure: boolean
  readonly cell: (tenant: LiveTenant) => string
  /** Who stands first. */
  readonly order: (a: LiveTenant, b: LiveTenant) => number
  /** Where there is no room for all, those with the higher rank are left out. */
  readonly rank: number
}

/** The columns of the busiest tenants, from left to right. */
export const topColumns = {
  tenant: text('tenant', ({ id }) => id, 0),
  tier: text('tier', ({ tier }) => tier, 8),
  requests: figure('req/s', ({ requestsPerSecond }) => requestsPerSecond, describeRate, 1),
  errors: figure('err/s', ({ errorsPerSecond }) => errorsPerSecond, describeRate, 3),
  limited: figure('lim/s', ({ limitedPerSecond }) => limitedPerSecond, describeRate, 6),
  p50: figure('p50 ms', ({ p50Ms }) => p50Ms, describeMs, 9),
  p95: figure('p95 ms', ({ p95Ms }) => p95Ms, describeMs, 2),
  cpu: figure('cores', ({ cpuCores }) => cpuCores, describeCores, 4),
  database: figure('db ms/s', ({ databaseMsPerSecond }) => databaseMsPerSecond, describeRate, 5),
  events: figure('ev/s', ({ eventsPerSecond }) => eventsPerSecond, describeRate, 7),
} as const satisfies Record<string, Column>

export type TopColumn = keyof typeof topColumns

/** So many within a second: `0`, `0.25`, `8.3`, `1204`. */
export function describeRate(perSecond: number): string {
  if (perSecond === 0) return '0'
  return perSecond.toFixed(perSecond < 1 ? 2 : perSecond < 100 ? 1 : 0)
}

/** Milliseconds, or a dash where there are none. */
export function describeMs(ms: number | null): string {
  return ms === null ? '–' : ms.toFixed(ms < 100 ? 1 : 0)
}

export function describeCores(cores: number): string {
  return cores.toFixed(2)
}

function text(head: string, of: (tenant: LiveTenant) => string, rank: number): Column {
  return {
    ...{ head, isFigure: false, rank },
    cell: (tenant) => plainText(of(tenant)),
    order: (a, b) => byText(of(a), of(b)) || byText(a.id, b.id),
  }
}

function figure<Figure extends number | null>(
  head: string,
  of: (tenant: LiveTenant) => Figure,
  describe: (figure: Figure) => string,
  rank: number,
): Column {
  return {
    ...{ head, isFigure: true, rank },
    cell: (tenant) => describe(of(tenant)),
    order: (a, b) => (of(b) ?? -1) - (of(a) ?? -1) || byText(a.id, b.id),
  }
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
