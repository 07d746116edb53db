import type { UsageAnswer, UsageOf } from '@tenantry/platform'
import { plainText } from './plain-text.ts'
import { bold, dim } from './styles.ts'
import { table } from './table.ts'

type Totals = UsageOf['totals']

const heads = ['requests', 'errors', 'limited', 'in', 'out', 'statements', 'db s', 'events', 'cpu s']

/**
 * What was used, a line a tenant, or for one tenant a line a service. A tenant's requests and bytes are those at the gateway: a request that
 * calls three services counts once.
 */
export function usageTable({ from, to, rows }: UsageAnswer, { oneTenant }: { oneTenant: boolean }): string {
  if (rows.length === 0) return dim(`nothing was used from ${from} to ${to}`)
  const byHour = rows.some(({ hourS }) => hourS !== null)
  const lines = oneTenant ? rows.map(lineOfService) : sumByTenant(rows).map(lineOfTenant)
  const first = oneTenant ? ['service', 'deployment'] : ['tenant', 'tier']
  const head = [...(byHour ? ['hour'] : []), ...first, ...heads].map(bold)
  const body = lines.map(({ hourS, names, figures }) => [
    ...(byHour ? [hourS === null ? '' : new Date(hourS * 1000).toISOString().slice(0, 16)] : []),
    ...names.map(plainText),
    ...figures,
  ])
  return [table([head, ...body]), dim(`\n${from} to ${to}; cpu is an estimate`)].join('\n')
}

interface Line {
  readonly hourS: number | null
  readonly names: readonly string[]
  readonly figures: readonly string[]
}

interface Sum extends Pick<UsageOf, 'hourS' | 'tenant' | 'tier'> {
  /** At the gateways. */
  readonly asked: Totals[]
  readonly all: Totals[]
}

function sumByTenant(rows: readonly UsageOf[]): Sum[] {
  const sums = new Map<string, Sum>()
  for (const { hourS, tenant, tier, service, totals } of rows) {
    const key = `${hourS}/${tenant}/${tier}`
    const sum = sums.get(key) ?? { hourS, tenant, tier, asked: [], all: [] }
    sums.set(key, sum)
    sum.all.push(totals)
    if (service === 'gateway') sum.asked.push(totals)
  }
  return [...sums.values()]
}

function lineOfTenant({ hourS, tenant, tier, asked, all }: Sum): Line {
  return { hourS, names: [tenant, tier], figures: figuresOf(asked, all) }
}

function lineOfService({ hourS, service, deployment, totals }: UsageOf): Line {
  return { hourS, names: [service, deployment], figures: figuresOf([totals], [totals]) }
}

function figuresOf(asked: readonly Totals[], all: readonly Totals[]): string[] {
  const sum = (of: readonly Totals[], figure: Exclude<keyof Totals, 'durations'>) =>
    of.reduce((total, totals) => total + totals[figure], 0)
  const seconds = (ms: number) => (ms / 1000).toFixed(2)
  return [
    ...(['requests', 'errors', 'limited'] as const).map((figure) => String(sum(asked, figure))),
    ...(['bytesIn', 'bytesOut'] as const).map((figure) => describeBytes(sum(asked, figure))),
    String(sum(all, 'statements')),
    seconds(sum(all, 'databaseMs')),
    String(sum(all, 'eventsEmitted')),
    seconds(sum(all, 'cpuMs')),
  ]
}

/** Bytes in the largest unit of which there is one: `512 B`, `1.5 KiB`, `2.0 GiB`. */
export function describeBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  return `${at === 0 ? bytes : (bytes / 1024 ** at).toFixed(1)} ${units[at]}`
}
