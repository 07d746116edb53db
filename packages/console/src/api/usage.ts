import { ask, queryOf } from './ask.ts'
import { list, missing, names, nullable, number, object, type Read, type Reader, text, word } from './read.ts'

/** The figures that are added up, each a sum over its time. */
export const usageFigures = [
  'requests',
  'errors',
  'limited',
  'durationMs',
  'bytesIn',
  'bytesOut',
  'statements',
  'databaseMs',
  'databaseRows',
  'eventsEmitted',
  'eventsDelivered',
  'cpuMs',
] as const

export type UsageFigure = (typeof usageFigures)[number]

const totals = object(
  Object.fromEntries(usageFigures.map((name) => [name, missing(number, 0)])) as Record<
    UsageFigure,
    Reader<number>
  >,
)

/** What a tenant used, added up. */
export type UsageTotals = Read<typeof totals>

const row = object({
  hourS: nullable(number),
  tenant: text,
  tier: nullable(text),
  service: text,
  deployment: text,
  totals,
})
const answer = object({ from: text, to: text, basis: names(word('measured', 'estimated')), rows: list(row) })

/** Usage of a time, and by `basis` whether a figure was measured where it arose or is a share of something that was. */
export type Usage = Read<typeof answer>

export function readUsage(
  query: { tenant?: string; by: 'hour' | 'total'; from?: string; to?: string },
  signal: AbortSignal,
): Promise<Usage> {
  return ask(`/usage${queryOf(query)}`, answer, { signal })
}
