import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Client, type ClientConfig } from 'pg'
import type { EventSide } from './event-side.ts'
import type { Orders } from './orders.ts'
import type { PeerAccess } from './peers/peer.ts'

/** One of the peers, with one of its settings. */
export interface PeerPlan {
  readonly name: string
  /** `peers/<module>.ts`. */
  readonly module: string
  readonly settings: string
  readonly pollMs: number
}

/** What a team has that keeps tenants apart by hand: keys that begin with the tenant, as ours do. */
const tablesSql = `
  create schema "order";
  create schema invoice;
  create table "order".orders (number int not null, total int not null, tenant_id text not null, primary key (tenant_id, number));
  create table invoice.invoices (number int not null, total int not null, tenant_id text not null, primary key (tenant_id, number));
  create table invoice.inbox (tenant_id text not null, number int not null, handled_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, number));`

/** A peer: one process that places orders and one that works on their jobs, on a database of its own. */
export class PeerSide implements EventSide {
  readonly tenantColumn = 'tenant_id'
  readonly admin: Client
  readonly #plan: PeerPlan
  readonly #access: PeerAccess
  #emitter: ChildProcess | undefined
  #worker: ChildProcess | undefined

  private constructor(plan: PeerPlan, admin: Client, access: PeerAccess) {
    this.#plan = plan
    this.admin = admin
    this.#access = access
  }

  /** Makes the peer's database. */
  static async create(
    plan: PeerPlan,
    address: (database: string) => ClientConfig,
    redis: PeerAccess['redis'],
  ): Promise<PeerSide> {
    const name = `bench_${plan.name.toLowerCase().replaceAll(/\W/g, '_')}`
    const server = new Client(address('postgres'))
    await server.connect()
    await server.query(`create database ${name}`).finally(() => server.end())
    const database = address(name)
    const admin = new Client(database)
    await admin.connect()
    await admin.query(tablesSql)
    return new PeerSide(plan, admin, { database, redis, settings: plan.settings })
  }

  get name(): string {
    return this.#plan.name
  }

  get pollMs(): number {
    return this.#plan.pollMs
  }

  async start(): Promise<void> {
    this.#emitter = await this.#spawn('emitter')
    this.#worker = await this.#spawn('worker')
  }

  async stop(): Promise<void> {
    for (const child of [this.#emitter, this.#worker]) {
      if (!child || child.exitCode !== null || child.signalCode !== null) continue
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
  }

  async place(orders: Orders): Promise<void> {
    if (!this.#emitter) throw new Error(`\`${this.name}\` was not started`)
    this.#emitter.send(orders)
    await hear(this.#emitter)
  }

  async remove(): Promise<void> {
    await this.stop()
    await this.admin.end()
  }

  async #spawn(role: 'emitter' | 'worker'): Promise<ChildProcess> {
    const child = fork(join(import.meta.dirname, 'peers', `${role}.ts`), [this.#plan.module], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { PATH: process.env.PATH },
    })
    child.send(this.#access)
    await hear(child)
    return child
  }
}

/** Settles with the next word of a process; rejects when it ended. */
async function hear(child: ChildProcess): Promise<void> {
  const over = new AbortController()
  const { signal } = over
  try {
    await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`a process of a peer ended with ${code}`)
      }),
    ])
  } finally {
    over.abort()
  }
}
