import type { Pool } from 'tenantry/pg'

/** An invoice as it is given out; its total is a decimal string. */
export interface Invoice {
  invoice_id: string
  order_id: string
  total_price: string
  created_at: Date
}

const listMax = 1000

/** The newest thousand, oldest first. */
export async function listInvoices(db: Pool): Promise<Invoice[]> {
  const { rows } = await db.query<Invoice>(
    `select * from invoices order by created_at desc, invoice_id limit ${listMax}`,
  )
  return rows.reverse()
}
