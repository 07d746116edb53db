import type { CostAnswer } from '@tenantry/platform'
import { plainText } from './plain-text.ts'
import { bold, dim, yellow } from './styles.ts'
import { table } from './table.ts'

type Row = CostAnswer['rows'][number]
/** What is told: for one tenant, its own part of it. */
type ToldCost = Pick<CostAnswer, 'from' | 'to' | 'currency' | 'method' | 'total' | 'rows'> &
  Partial<Pick<CostAnswer, 'unallocated'>>

/** Amounts are told to the millionth, as they are divided: so what is printed adds up. */
const micro = 1_000_000

/** One tenant's part of an answer. What nobody bears is no part of it. */
export function costOf({ unallocated: _, ...answer }: CostAnswer, tenant: string): ToldCost {
  const rows = answer.rows.filter((row) => row.tenant === tenant)
  return { ...answer, total: sumOf(rows), rows }
}

/**
 * What tenants cost, the dearest first: a line a tenant with each service's part of it, or for one tenant a line a service with what it is made of.
 * Below stand the total, what nobody bears, and how it was divided.
 */
export function costTable(answer: ToldCost, { oneTenant }: { oneTenant: boolean }): string {
  const { from, to, currency, method, rows, total, unallocated = 0 } = answer
  const span = dim(`${from} to ${to}. ${plainText(method)}`)
  if (rows.length === 0 && unallocated === 0) return [dim('nothing is paid for'), span].join('\n')
  const [head, ...lines] = oneTenant ? byService(rows) : byTenant(rows, total)
  const amount = (cost: number) => `${amountOf(cost)} ${plainText(currency)}`
  return [
    ...(head && lines.length > 0 ? [table([head.map(bold), ...lines]), ''] : []),
    `${bold('total')} ${amount(total)}`,
    ...(unallocated > 0
      ? [`${yellow('nobody’s')} ${amount(unallocated)} ${dim('(no tenant is placed there)')}`]
      : []),
    span,
  ].join('\n')
}

function byTenant(rows: readonly Row[], total: number): string[][] {
  const costs = [...Map.groupBy(rows, ({ tenant }) => tenant).values()]
    .map((its) => ({ its, cost: sumOf(its) }))
    .sort(dearestFirst)
  return [
    ['tenant', 'tier', 'cost', 'share', 'of it'],
    ...costs.map(({ its, cost }) => [
      plainText(its[0]?.tenant ?? ''),
      plainText(its[0]?.tier ?? ''),
      amountOf(cost),
      partOf(cost, total),
      its
        .toSorted(dearestFirst)
        .map((row) => `${plainText(row.service)} ${partOf(row.cost, cost)}`)
        .join('  '),
    ]),
  ]
}

function byService(rows: readonly Row[]): string[][] {
  return [
    ['service', 'deployment', 'cost', 'made of'],
    ...rows.toSorted(dearestFirst).map(({ service, deployment, cost, parts }) => [
      plainText(service),
      plainText(deployment),
      amountOf(cost),
      Object.entries(parts)
        .map(([name, part]) => `${plainText(name)} ${amountOf(part)}`)
        .join('  '),
    ]),
  ]
}

function dearestFirst(a: { cost: number }, b: { cost: number }): number {
  return b.cost - a.cost
}

function sumOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { cost }) => sum + Math.round(cost * micro), 0) / micro
}

function amountOf(cost: number): string {
  return cost.toFixed(6)
}

function partOf(cost: number, whole: number): string {
  return whole > 0 ? `${Math.round((100 * cost) / whole)} %` : '–'
}
