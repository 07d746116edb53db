import type { Pool } from 'pg'
import type { Job } from './peer.ts'

/** Writes the effect of a job in one transaction with a row that says so: repeated, it has no second one. */
export async function handleOnce(pool: Pool, { tenant, number, total }: Job): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const { rowCount } = await client.query(
      'insert into invoice.inbox (tenant_id, number) values ($1, $2) on conflict do nothing',
      [tenant, number],
    )
    if (rowCount === 1) {
      await client.query('insert into invoice.invoices (tenant_id, number, total) values ($1, $2, $3)', [
        tenant,
        number,
        total,
      ])
    }
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}
