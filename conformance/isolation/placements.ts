import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { Scope } from '@tenantry/context'
import pg from 'pg'
import {
  deriveDatabaseKey,
  deriveTenantKey,
  grantServiceRole,
  installIsolation,
  LeasedPool,
  migrateService,
  signLease,
  type TenantKey,
} from '../../packages/isolation/src/index.ts'
import { contextOf } from '../../packages/isolation/test/isolated-database.ts'
import { createTestDatabase, startTestPostgres, type TestPostgres } from '../../tools/test-postgres.ts'
import { migrations, shared } from './schema.ts'

/** A connection with the service's own credentials, as an attacker would open it. */
export type RawClient = pg.Client & {
  readonly processID: number
  readonly connection: { readonly stream: Duplex }
}

/** What a test changes of a lease that would be valid. */
export type LeaseChanges = Partial<TenantKey> & { processId?: number; databaseKey?: Buffer }

/** One database of the service `shop`, as the control plane leaves it. */
export interface Placement {
  readonly kind: 'pool' | 'silo'
  readonly database: string
  readonly role: string
  /** Connected as the superuser. */
  readonly admin: pg.Client
  readonly credentials: pg.ClientConfig & { user: string; database: string }
  readonly databaseKey: Buffer
  connect(changes?: pg.ClientConfig): Promise<RawClient>
  tenantKey(tenant: string, changes?: LeaseChanges): TenantKey
  leaseOf(client: RawClient, tenant: string, changes?: LeaseChanges): string
  pool(options?: pg.PoolConfig): LeasedPool
}

/** A pool database and two silos on one server. */
export interface Placements {
  readonly server: TestPostgres
  readonly pool: Placement
  readonly silo: Placement
  readonly otherSilo: Placement
  remove(): Promise<void>
}

/** The `kid` of every database's key. */
export const kid = 1
const master = randomBytes(32)

/** Starts the three databases, each with its own key and its own deployment's role. */
export async function createPlacements(): Promise<Placements> {
  const server = await startTestPostgres()
  await closeServerDatabases(server)
  const removals: (() => Promise<void>)[] = []
  const create = async (kind: Placement['kind']) => {
    const { placement, remove } = await createPlacement(server, kind)
    removals.unshift(remove)
    return placement
  }
  const pool = await create('pool')
  const silo = await create('silo')
  const otherSilo = await create('silo')
  return {
    server,
    pool,
    silo,
    otherSilo,
    async remove() {
      for (const remove of removals) await remove()
      await server.stop()
    },
  }
}

// Other test files may be doing the same on the same server at this moment.
async function closeServerDatabases(server: TestPostgres): Promise<void> {
  const client = new pg.Client({ ...server, database: 'postgres' })
  await client.connect()
  await client.query(
    `select pg_advisory_lock(7); revoke all on database postgres, template1 from public; select pg_advisory_unlock(7)`,
  )
  await client.end()
}

async function createPlacement(
  server: TestPostgres,
  kind: Placement['kind'],
): Promise<{ placement: Placement; remove: () => Promise<void> }> {
  const testDatabase = await createTestDatabase(server)
  const admin = await testDatabase.connect()
  const { name: database } = testDatabase
  const role = `${database}_shop`
  const password = randomBytes(12).toString('hex')
  const databaseKey = deriveDatabaseKey(master, database, kid)
  await installIsolation(admin, { keys: [{ kid, key: databaseKey }] })
  await migrateService(admin, { service: 'shop', migrations, shared })
  await grantServiceRole(admin, { role, password, service: 'shop' })
  const credentials = { host: server.host, port: server.port, database, user: role, password }
  const clients: pg.Client[] = []
  const pools: LeasedPool[] = []

  const tenantKey: Placement['tenantKey'] = (tenant, changes = {}) => {
    const { databaseKey: key = databaseKey, processId: _, ...others } = changes
    const claims = { tenant, role, kid, expiresAtMs: Date.now() + 60_000, ...others }
    return { database, key: deriveTenantKey(key, claims), ...claims }
  }
  const placement: Placement = {
    kind,
    database,
    role,
    admin,
    credentials,
    databaseKey,
    tenantKey,
    async connect(changes = {}) {
      const client = new pg.Client({ ...credentials, ...changes })
      client.on('error', () => undefined)
      await client.connect()
      clients.push(client)
      return client as RawClient
    },
    leaseOf: (client, tenant, changes = {}) =>
      signLease(tenantKey(tenant, changes), changes.processId ?? client.processID),
    pool(options = {}) {
      const tenantKeys = { tenantKey: ({ context }: Scope) => tenantKey(context.tenant.id) }
      const pool = new LeasedPool({ ...credentials, ...options, tenantKeys })
      pools.push(pool)
      return pool
    },
  }
  const remove = async () => {
    await Promise.all([
      ...clients.map((client) => client.end()),
      ...pools.map((pool) => pool.ended || pool.end()),
    ])
    await admin.query(`drop owned by ${role}`)
    await admin.end()
    await testDatabase.drop()
    const cleaner = new pg.Client({ ...server, database: 'postgres' })
    await cleaner.connect()
    await cleaner.query(`drop role ${role}`)
    await cleaner.end()
  }
  return { placement, remove }
}

/** Runs `work` in a new scope of the tenant. */
export function inScope<T>(tenant: string, work: () => T): T {
  return new Scope(contextOf(tenant)).run(work)
}
