import { isTenantId, TenantryError } from '@tenantry/context'
import { hourSeconds } from '@tenantry/metrics'
import { z } from 'zod'
import type { UsageQuery } from './usage-store.ts'

const dayS = 24 * hourSeconds
const time = z.iso.datetime({ offset: true })
const spanSchema = z.strictObject({ from: time.optional(), to: time.optional() })
const querySchema = spanSchema.extend({
  tenant: z.string().refine(isTenantId).optional(),
  service: z.string().max(40).optional(),
  by: z.enum(['hour', 'total']).default('hour'),
})

/**
 * Reads which hours are asked for, the last day unless it says so, and of whom. Hours are asked for as a whole: each that begins from `from` on and
 * before `to`. Throws `USAGE_QUERY_INVALID` (400).
 */
export function readUsageQuery(query: unknown): UsageQuery {
  const { from, to, ...asked } = parse(querySchema, query)
  return { ...spanOf({ from, to }), ...asked }
}

/** Reads which hours are asked for and nothing else, by the same rules. Throws `USAGE_QUERY_INVALID` (400). */
export function readUsageSpan(query: unknown): Pick<UsageQuery, 'fromS' | 'toS'> {
  return spanOf(parse(spanSchema, query))
}

function parse<Schema extends z.ZodType>(schema: Schema, query: unknown): z.output<Schema> {
  const parsed = schema.safeParse(query)
  if (parsed.success) return parsed.data
  throw invalid(`\`${parsed.error.issues[0]?.path.join('.') || 'query'}\` is not one`)
}

function spanOf({ from, to }: z.output<typeof spanSchema>): Pick<UsageQuery, 'fromS' | 'toS'> {
  const toS = to === undefined ? Math.floor(Date.now() / 1000) + 1 : Math.ceil(Date.parse(to) / 1000)
  const fromS = from === undefined ? toS - dayS : Math.floor(Date.parse(from) / 1000)
  if (fromS >= toS) throw invalid('`from` is not before `to`')
  return { fromS: Math.floor(fromS / hourSeconds) * hourSeconds, toS }
}

/** A time of a query, as its answer tells it (RFC 3339). */
export function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}

function invalid(why: string): TenantryError {
  return new TenantryError('USAGE_QUERY_INVALID', `the query is not valid: ${why}`, {
    status: 400,
    help: 'give `from` and `to` as RFC 3339 times, `tenant` and `service` as ids, `by` as `hour` or `total`',
  })
}
