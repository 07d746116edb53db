import type { Client } from 'pg'
import type { Orders } from './orders.ts'

/** One way from an order's transaction to that of its invoice, in processes of its own. */
export interface EventSide {
  readonly name: string
  /** Connected to the database of both transactions, as its superuser: tables `"order".orders` and `invoice.invoices`. */
  readonly admin: Client
  readonly tenantColumn: string
  /** How long it may be until it looks for work by itself. */
  readonly pollMs: number
  /** Makes it ready to handle what is placed. */
  start(): Promise<void>
  /** Leaves the machine to the next one. */
  stop(): Promise<void>
  /** Settles once all of them are committed. */
  place(orders: Orders): Promise<void>
}
