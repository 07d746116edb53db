import Fastify, { type FastifyInstance } from 'fastify'
import { tenantry } from 'tenantry/fastify'
import { Pool } from 'tenantry/pg'
import { invoiceOrder } from './invoice-order.ts'
import { listInvoices } from './invoices.ts'

/** The invoice service: one invoice for each fulfilled order. */
export async function createApp(): Promise<FastifyInstance> {
  const db = new Pool()
  const app = Fastify({ logger: { level: 'warn' } })
  await app.register(tenantry, { db })

  app.get('/invoices', async () => ({ msg: 'Invoices found', invoices: await listInvoices(db) }))
  app.onEvent('order.fulfilled', (event, transaction) => invoiceOrder(transaction, event.data))

  return app
}
