import { randomBytes } from 'node:crypto'
import { CentralScope, Scope, type TenantContext } from '@tenantry/context'
import type pg from 'pg'
import { createTestDatabase, startTestPostgres } from '../../../tools/test-postgres.ts'
import {
  type CentralAccess,
  centralRoleOf,
  deriveTenantKey,
  everyTenant,
  grantCentralRole,
  grantServiceRole,
  installIsolation,
  LeasedPool,
  type Migration,
  migrateService,
  type StatementObserver,
  type SystemTable,
  type TenantKey,
} from '../src/index.ts'

export const databaseKey = randomBytes(32)
export const kid = 1

/** A database with one service, `shop`, migrated and granted, as the control plane would leave it. */
export interface IsolatedDatabase {
  readonly name: string
  readonly role: string
  /** Connected as the superuser. */
  readonly admin: pg.Client
  /** Connection options of the service's own role. */
  readonly credentials: pg.ClientConfig & { user: string }
  /** A tenant key as the token service would give it. */
  tenantKey(tenant: string, changes?: Partial<TenantKey> & { databaseKey?: Buffer }): TenantKey
  pool(
    options?: pg.PoolConfig & { pooler?: boolean; central?: CentralAccess; observer?: StatementObserver },
  ): LeasedPool
  /** Makes the service's role of central work, and gives away how it is reached and what its leases are signed with. */
  grantCentral(): Promise<CentralAccess>
  centralKey(changes?: Partial<TenantKey> & { databaseKey?: Buffer }): TenantKey
  remove(): Promise<void>
}

export async function createIsolatedDatabase(
  migrations: readonly Migration[],
  systemTables: readonly SystemTable[] = [],
  { binding }: { binding?: 'connection' | 'role' } = {},
): Promise<IsolatedDatabase> {
  const server = await startTestPostgres()
  const database = await createTestDatabase(server)
  const admin = await database.connect()
  const role = `${database.name}_shop`
  const password = randomBytes(12).toString('hex')
  await installIsolation(admin, { keys: [{ kid, key: databaseKey }], ...(binding && { binding }) })
  await migrateService(admin, { service: 'shop', migrations, systemTables })
  await grantServiceRole(admin, { role, password, service: 'shop' })
  const credentials = { host: server.host, port: server.port, database: database.name, user: role, password }
  const pools: LeasedPool[] = []

  const tenantKey: IsolatedDatabase['tenantKey'] = (tenant, changes = {}) => {
    const claims = { tenant, role, kid, expiresAtMs: Date.now() + 60_000, ...changes }
    const key = deriveTenantKey(changes.databaseKey ?? databaseKey, claims)
    return { database: database.name, key, ...claims }
  }
  const centralKey: IsolatedDatabase['centralKey'] = (changes = {}) =>
    tenantKey(everyTenant, { role: centralRoleOf(role), ...changes })
  return {
    name: database.name,
    role,
    admin,
    credentials,
    tenantKey,
    pool(options = {}) {
      const tenantKeys = { tenantKey: ({ context }: Scope) => tenantKey(context.tenant.id) }
      const pool = new LeasedPool({ ...credentials, ...options, tenantKeys })
      pools.push(pool)
      return pool
    },
    centralKey,
    async grantCentral() {
      const user = centralRoleOf(role)
      await grantCentralRole(admin, { role: user, password, service: 'shop' })
      const keys = { centralKey: () => centralKey() }
      return { user, password, connections: 2, keys }
    },
    async remove() {
      await Promise.all(pools.map((pool) => pool.end()))
      await admin.end()
      await database.drop()
      const cleaner = await (await createTestDatabase(server)).connect()
      await cleaner.query(`drop role ${role}; drop role if exists ${centralRoleOf(role)}`)
      await cleaner.end()
      await server.stop()
    },
  }
}

/** Runs `work` in a scope of the tenant. */
export function asTenant<T>(tenant: string, work: () => T): T {
  return new Scope(contextOf(tenant)).run(work)
}

/** Runs `work` as central work. */
export function asCentral<T>(work: () => T, requestId = 'test'): T {
  return new CentralScope({ reason: 'test', requestId, expiresAtMs: Date.now() + 60_000 }).run(work)
}

export function contextOf(tenant: string): TenantContext {
  return {
    tenant: { id: tenant, tier: 'basic' },
    user: undefined,
    event: undefined,
    requestId: 'test',
    scope: 'request',
    workload: 'test',
    token: 'test',
    expiresAtMs: Date.now() + 60_000,
  }
}
