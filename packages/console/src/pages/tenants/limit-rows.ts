import type { Tier } from '../../api/config.ts'
import type { OwnLimits } from '../../api/tenants.ts'

const texts = {
  requestsPerSecond: 'Requests per second',
  concurrency: 'Requests at once',
  weight: 'Weight',
} as const

export type LimitName = keyof typeof texts

/** One limit, as its tier says and as was set for the tenant alone; null where neither says anything. */
export interface LimitRow {
  readonly name: LimitName
  readonly text: string
  readonly ofTier: number | null
  readonly own: number | null
}

export function limitRows(tier: Tier['limits'] | undefined, own: OwnLimits | null): readonly LimitRow[] {
  return (Object.keys(texts) as LimitName[]).map((name) => ({
    name,
    text: texts[name],
    ofTier: tier?.[name] ?? null,
    own: own?.[name] ?? null,
  }))
}

/** What of the fields differs from what was set; an empty field goes back to what the tier says. */
export function limitChanges(
  rows: readonly LimitRow[],
  fields: Readonly<Record<LimitName, string>>,
): Partial<Record<LimitName, number | null>> {
  return Object.fromEntries(
    rows.flatMap(({ name, own }) => {
      const wanted = fields[name].trim() === '' ? null : Number(fields[name])
      return wanted === own ? [] : [[name, wanted]]
    }),
  )
}
