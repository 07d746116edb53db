import type { ClientConfig, PoolClient } from 'pg'
import type { Order } from '../orders.ts'

/** An order as a job of another's queue: its tenant is a plain field. */
export interface Job extends Order {
  readonly tenant: string
}

/** Where a peer's processes find what they work with. */
export interface PeerAccess {
  readonly database: ClientConfig
  readonly redis: { readonly host: string; readonly port: number; readonly password: string }
  /** Which of the peer's own settings it runs with. */
  readonly settings: string
}

/** One end of a peer's queue, at which orders are placed. */
export interface PeerQueue {
  /** Enqueues in the order's own transaction, where the peer can. */
  enqueue?(client: PoolClient, job: Job): Promise<unknown>
  /** Enqueues after the order's commit, where it cannot. */
  enqueueLater?(job: Job): Promise<unknown>
}

/** Another way to the same effect: `peers/<name>.ts` exports one as `peer`. */
export interface Peer {
  openQueue(access: PeerAccess): Promise<PeerQueue>
  /** Works on jobs from here on; `handle` settles when the effect of one is committed. */
  work(access: PeerAccess, handle: (job: Job) => Promise<void>): Promise<void>
}
