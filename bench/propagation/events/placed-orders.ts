import { setTimeout as sleep } from 'node:timers/promises'
import type { EventSide } from './event-side.ts'

const lookMs = 20
const answerMaxMs = 120_000

/** Settles once every one of `count` orders since `first` has its invoice, and none has two. */
export async function untilInvoiced(
  side: EventSide,
  first: number,
  count: number,
  everyMs = lookMs,
): Promise<void> {
  for (const deadline = Date.now() + answerMaxMs; ; await sleep(everyMs)) {
    const { rows } = await side.admin.query<{ count: number }>(
      'select count(*)::int from invoice.invoices where number >= $1',
      [first],
    )
    const found = rows[0]?.count ?? 0
    if (found === count) return
    if (found > count || Date.now() > deadline)
      throw new Error(`\`${side.name}\` has ${found} invoices of ${count} orders`)
  }
}

/** From the commit of each order to that of its invoice, in milliseconds by the server's clock. */
export async function delaysSince(side: EventSide, first: number): Promise<number[]> {
  const { rows } = await side.admin.query<{ ms: number }>(
    `select extract(epoch from pg_xact_commit_timestamp(i.xmin) - pg_xact_commit_timestamp(o.xmin))::float8 * 1000 as ms
     from "order".orders o join invoice.invoices i on (i.${side.tenantColumn}, i.number) = (o.${side.tenantColumn}, o.number)
     where o.number >= $1`,
    [first],
  )
  return rows.map(({ ms }) => ms)
}

/** Invoices per second, from the commit of the first order to that of the last invoice. */
export async function rateSince(side: EventSide, first: number): Promise<number> {
  const { rows } = await side.admin.query<{ rate: number }>(
    `select count(*) / extract(epoch from max(pg_xact_commit_timestamp(i.xmin)) - min(pg_xact_commit_timestamp(o.xmin)))::float8 as rate
     from "order".orders o join invoice.invoices i on (i.${side.tenantColumn}, i.number) = (o.${side.tenantColumn}, o.number)
     where o.number >= $1`,
    [first],
  )
  return rows[0]?.rate ?? Number.NaN
}
