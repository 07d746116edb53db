/** What metrics of many tenants hold and show, in one process that has the meters of several. */
export interface BoundsMeasured {
  readonly tenants: number
  /** How many processes' meters they are. */
  readonly processes: number
  /** What meters, series and gauges added to the heap: of the first so many tenants, and of as many others after them, in MiB. */
  readonly firstMiB: number
  readonly othersMiB: number
  /** What the ledgers of all processes hold for them while the hour lasts, and once it is over, in MiB. */
  readonly ledgersMiB: number
  readonly ledgersLaterMiB: number
  /** The page of all. */
  readonly pageMiB: number
  readonly pageLines: number
  readonly pageMs: number
  /** How many processes the page has. */
  readonly shown: number
  /** The most tenants that one process names for one metric. */
  readonly named: number
  /** Lines that are no well-formed sample, or say a label twice. */
  readonly malformed: number
  /** Requests that all series together tell of, of all that were counted. */
  readonly requestsTold: number
  readonly requests: number
}

/** How many tenants each process tells of by name, as by default. */
export const tenantSeries = 50

/** The bounds, whatever the number of tenants. Each process has 2,000 histograms at most, and 10,000 combinations for its other instruments. */
export const bounds = {
  firstMiB: 200,
  othersMiB: 20,
  ledgersLaterMiB: 20,
  pageMiB: 120,
  pageMs: 2_000,
} as const

/** What is not as it has to be, in words. */
export function broken(
  measured: BoundsMeasured,
  allowed: Partial<Record<keyof typeof bounds, number>> = {},
): string[] {
  const over = Object.entries({ ...bounds, ...allowed })
    .filter(([what, most]) => measured[what as keyof typeof bounds] > most)
    .map(([what, most]) => `${what} is ${measured[what as keyof typeof bounds]}, over ${most}`)
  const { named, malformed, requestsTold, requests, shown, processes } = measured
  return [
    ...over,
    ...(named > tenantSeries ? [`one process names ${named} tenants`] : []),
    ...(shown < processes ? [`the page has ${shown} of ${processes} processes`] : []),
    ...(malformed > 0 ? [`${malformed} lines are malformed`] : []),
    ...(requestsTold > requests ? [`${requestsTold} requests are told of, of ${requests}`] : []),
  ]
}

/** True when all bounds hold. */
export function holds(measured: BoundsMeasured): boolean {
  return broken(measured).length === 0
}
