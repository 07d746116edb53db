import { type Usage, type UsageFigure, type UsageTotals, usageFigures } from '../../api/usage.ts'

/** Each service's totals over all hours and deployments, by name. */
export function totalsByService({ rows }: Pick<Usage, 'rows'>): ReadonlyMap<string, UsageTotals> {
  const sums = new Map<string, UsageTotals>()
  for (const { service, totals } of rows) {
    const known = sums.get(service)
    sums.set(service, known ? added(known, totals) : totals)
  }
  return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** One figure of each hour over all services that are asked for, by the hour's beginning in seconds since 1970. */
export function figureByHour(
  { rows }: Pick<Usage, 'rows'>,
  figure: UsageFigure,
  isAsked: (service: string) => boolean = () => true,
): ReadonlyMap<number, number> {
  const hours = new Map<number, number>()
  for (const { hourS, service, totals } of rows) {
    if (hourS !== null && isAsked(service)) hours.set(hourS, (hours.get(hourS) ?? 0) + totals[figure])
  }
  return hours
}

function added(a: UsageTotals, b: UsageTotals): UsageTotals {
  return Object.fromEntries(usageFigures.map((name) => [name, a[name] + b[name]])) as UsageTotals
}
