import { randomBytes } from 'node:crypto'
import { Scope, type TenantContext } from '@tenantry/context'
import {
  deriveTenantKey,
  grantServiceRole,
  installIsolation,
  LeasedPool,
  migrateService,
  type TenantKey,
} from '@tenantry/isolation'
import pg from 'pg'
import { createTestDatabase, type TestPostgres } from '../../tools/test-postgres.ts'
import type { Reach } from './orms/orm.ts'
import { createRandom } from './random.ts'
import { migration, settingPolicies, sharedTables } from './schema.ts'
import type { Sizes } from './sizes.ts'

/** The schemas of the three ways; each way's role finds its own. */
const service = 'shop'
const shared = 'shared_shop'
const setting = 'setting_shop'
const kid = 1
// Longer than any run: what a renewal costs is one call to the token service for each tenant and minute.
const keyLifeMs = 24 * 3_600_000

/** One database that holds the same data in three ways, and the pools that reach each. */
export interface BenchDatabase {
  readonly sizes: Sizes
  readonly admin: pg.Client
  readonly poolMax: number
  /** A whole number from 1 to `max`, from the run's seed. */
  random(max: number): number
  /** Ours: leases, protected tables. */
  readonly leased: LeasedPool
  /** Plain `pg`, tables with a hand-written tenant column. */
  readonly plain: pg.Pool
  /** How to reach the tables whose policies trust `app.tenant`. */
  readonly settingReach: Reach
  readonly schemas: { readonly service: string; readonly shared: string; readonly setting: string }
  /** Has the keys of the first tenants in hand before anything is measured. */
  deriveKeys(tenants: number): void
  /** Runs one transaction as a request of this tenant would. */
  asTenant<T>(tenant: string, work: () => T): T
  remove(): Promise<void>
}

/** `t` and a number: tenants are numbered from 1. */
export function tenantName(number: number): string {
  return `t${number}`
}

/** What the tenant's own item is called; other tenants have one of the same id. */
export function itemName(tenant: string, id: number): string {
  return `item ${id} of ${tenant}`
}

/** Makes and fills the database, and opens one pool of `poolMax` connections for each way. */
export async function createBenchDatabase(
  server: TestPostgres,
  { sizes, seed, poolMax }: { sizes: Sizes; seed: number; poolMax: number },
): Promise<BenchDatabase> {
  const database = await createTestDatabase(server)
  const admin = await database.connect()
  const password = randomBytes(12).toString('hex')
  const roles = { service: `${database.name}_a`, shared: `${database.name}_b`, setting: `${database.name}_c` }
  const databaseKey = randomBytes(32)

  await installIsolation(admin, { keys: [{ kid, key: databaseKey }] })
  await migrateService(admin, { service, migrations: [migration] })
  await grantServiceRole(admin, { role: roles.service, password, service })
  for (const [schema, role] of [
    [shared, roles.shared],
    [setting, roles.setting],
  ]) {
    await admin.query(`create schema ${schema}; set search_path = ${schema}; ${sharedTables}`)
    if (schema === setting) await admin.query(settingPolicies)
    await admin.query(`reset search_path; create role ${role} login password '${password}';
      alter role ${role} set search_path = ${schema}; grant connect on database ${database.name} to ${role};
      grant usage on schema ${schema} to ${role};
      grant select, insert, update, delete on all tables in schema ${schema} to ${role}`)
  }
  await fillTenants(admin, sizes)

  const reach = { host: server.host, port: server.port, database: database.name, password, max: poolMax }
  const keys = new Map<string, TenantKey>()
  const keyOf = (tenant: string): TenantKey => {
    const known = keys.get(tenant)
    if (known) return known
    const claims = { tenant, role: roles.service, kid, expiresAtMs: Date.now() + keyLifeMs }
    const key = { database: database.name, key: deriveTenantKey(databaseKey, claims), ...claims }
    keys.set(tenant, key)
    return key
  }
  const deriveKeys = (tenants: number) => {
    for (let tenant = 1; tenant <= tenants; tenant++) keyOf(tenantName(tenant))
  }
  deriveKeys(sizes.tenants)
  const tenantKeys = { tenantKey: ({ context }: Scope) => keyOf(context.tenant.id) }
  const leased = new LeasedPool({ ...reach, user: roles.service, tenantKeys })
  const plain = new pg.Pool({ ...reach, user: roles.shared })
  return {
    sizes,
    admin,
    poolMax,
    random: createRandom(seed),
    leased,
    plain,
    settingReach: { ...reach, user: roles.setting },
    schemas: { service, shared, setting },
    deriveKeys,
    asTenant: (tenant, work) => new Scope(contextOf(tenant)).run(work),
    async remove() {
      await Promise.all([leased.end(), plain.end()])
      await admin.end()
      await database.drop()
      const cleaner = await (await createTestDatabase(server)).connect()
      for (const role of Object.values(roles)) await cleaner.query(`drop role if exists ${role}`)
      await cleaner.end()
    },
  }
}

function contextOf(tenant: string): TenantContext {
  return {
    tenant: { id: tenant, tier: 'basic' },
    user: undefined,
    event: undefined,
    requestId: 'bench',
    scope: 'request',
    workload: 'bench',
    token: 'bench',
    expiresAtMs: Date.now() + keyLifeMs,
  }
}

/** Fills the tables of ours and their twins alike: row `r` of tenant `t`. */
async function fillTenants(admin: pg.Client, { tenants, rowsPerTenant }: Sizes): Promise<void> {
  const tables = [
    ['customers', 'id, name', `r, 'customer ' || r`],
    ['items', 'id, name, price', `r, 'item ' || r || ' of t' || t, r * 10`],
    [
      'orders',
      'id, customer, item, quantity',
      `r, 1 + r % ${rowsPerTenant}, 1 + (r * 7) % ${rowsPerTenant}, r % 5`,
    ],
  ]
  for (const [table, columns, values] of tables) {
    for (const [schema, tenant] of [
      [service, 'tenantry_tenant'],
      [shared, 'tenant_id'],
      [setting, 'tenant_id'],
    ]) {
      await admin.query(
        `insert into ${schema}.${table} (${columns}, ${tenant})
         select ${values}, 't' || t from generate_series(1, ${rowsPerTenant}) r, generate_series(1, ${tenants}) t`,
      )
    }
  }
  await admin.query('vacuum analyze')
}
