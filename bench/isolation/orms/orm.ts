import type { Pool } from 'pg'

/** One item as every way of reading it answers. */
export interface Item {
  readonly id: number
  readonly name: string
  readonly price: number
}

/** How a pool of the ORM's own reaches its database. */
export interface Reach {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  /** Connections at most. */
  readonly max: number
}

/** Reads one item by its id, once it was opened. */
export interface ItemReader<Arguments extends unknown[]> {
  read(...args: Arguments): Promise<Item | null | undefined>
  close(): Promise<void>
}

/** An ORM in the two ways that are measured. */
export interface Orm {
  readonly name: string
  readonly title: string
  /** As its documentation does row-level security: a transaction that sets `app.tenant` for itself, then reads. */
  withSetting(reach: Reach, schema: string): Promise<ItemReader<[tenant: string, id: number]>>
  /** Over a pool of ours, as the service's code is written: it names no tenant. */
  overPool(pool: Pool, schema: string): Promise<ItemReader<[id: number]>>
}
