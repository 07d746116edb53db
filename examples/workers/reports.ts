import { Pool } from 'tenantry/pg'

/** What is asked for. */
export interface ReportOrder {
  readonly name: string
}

/** Orders that wait in a queue until a worker makes their reports. */
export interface ReportQueue {
  order(order: ReportOrder): Promise<void>
  /** Takes orders off the queue, four at once. */
  work(make: (order: ReportOrder) => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** How often a report is tried that cannot be made. */
export const triesMax = 3

export const db = new Pool()

/** Makes a report; one that is there already is made anew, because a queue may bring an order twice. */
export async function makeReport({ name }: ReportOrder): Promise<void> {
  await db.query(
    `insert into reports (name, notes) select $1, count(*) from notes
     on conflict (name) do update set notes = excluded.notes, made_at = excluded.made_at`,
    [name],
  )
}
