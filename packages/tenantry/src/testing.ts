/**
 * For a service's own tests: real scopes, tokens and leases on a PostgreSQL that tests share, without the platform.
 * @module
 */
import { randomUUID } from 'node:crypto'
import {
  createTokenVerifier,
  generateSigningJwk,
  publicJwk,
  readSigningKey,
  requireTenantId,
  runInScope,
  signTransactionToken,
} from '@tenantry/context'
import { deriveTenantKey, type TenantKeySource } from '@tenantry/isolation'
import { createMeters, useMeters } from '@tenantry/metrics'
import { useRuntime } from './runtime.ts'
import { openTestDatabase, type TestDatabase, type TestDatabaseOptions } from './testing/test-database.ts'

/** What a service declares in `tenantry.config.ts`, as far as its tests need it. */
export interface TestTenantryOptions extends TestDatabaseOptions {
  /** The event types that the service handles. */
  readonly subscribes?: readonly string[]
}

/** Who a test acts for, besides the tenant. */
export interface TestUser {
  readonly tier?: string
  readonly role?: string
}

/** The platform, as far as a service's tests need it. */
export interface TestTenantry {
  /** Runs `work` in a scope of the tenant, as a request's handler runs, and closes it when `work` has settled. */
  asTenant<T>(tenant: string, work: () => T | Promise<T>, user?: TestUser): Promise<T>
  /** A transaction token of the tenant, for 60 s; `forEachTenant` works for whoever had one: the header `Txn-Token` of a request to the service under test. */
  token(tenant: string, user?: TestUser): string
  /** Drops the database. What has connections to it, such as the service's pool, is to be closed before. */
  close(): Promise<void>
}

const audience = 'tenantry.test'
const lifetimeS = 60

/**
 * Makes this process a deployment of the service for its tests: `new Pool()` of `tenantry/pg` and the adapters find a database
 * of this test file's own, with the service's migrations, and scopes and tokens are real, so that PostgreSQL decides as it
 * does in production. To be called once in a process, before the service is imported or makes its pool.
 * Rejects with `TESTING_POSTGRES`, as migrations do, or with `RUNTIME_PRESENT` in a process that is a deployment already.
 *
 * @example
 * const tenantry = await startTestTenantry({ postgres: process.env.TEST_POSTGRES, service: 'note', migrations: 'migrations' })
 * await tenantry.asTenant('tenant-a', () => pool.query('insert into notes values ($1)', ['hello']))
 */
export async function startTestTenantry(options: TestTenantryOptions): Promise<TestTenantry> {
  const { service, subscribes = [] } = options
  const signing = generateSigningJwk()
  const database = await openTestDatabase(options)
  const verifier = createTokenVerifier({ client: { jwks: async () => [publicJwk(signing)] }, audience })
  const deployment = `${service}.test`
  const meters = createMeters({ service, deployment })
  const sockets = { tokenServiceSocket: '', directorySocket: '', operatorSocket: '' }
  const seen = new Set<string>()
  const token = (tenant: string, { tier = 'basic', role }: TestUser = {}): string => {
    seen.add(tenant)
    const iat = Math.floor(Date.now() / 1000)
    const tctx = { tenant: { id: requireTenantId(tenant), tier }, ...(role && { role }) }
    const who = {
      aud: audience,
      iss: audience,
      txn: randomUUID(),
      sub: 'test',
      scope: 'request',
      req_wl: 'test',
    }
    return signTransactionToken({ iat, exp: iat + lifetimeS, ...who, tctx }, readSigningKey(signing))
  }
  useRuntime({
    document: {
      ...{ workload: deployment, key: generateSigningJwk(), trustDomain: audience, ...sockets },
      ...{
        service,
        deployment,
        tenant: null,
        database: database.address,
        calls: [],
        services: [service],
        subscribes,
      },
    },
    verifier,
    // A test calls the service itself, by whatever client it has.
    callers: { verify: async () => 'test' },
    accessTokens: undefined,
    adoption: undefined,
    tenantKeys: keysOf(database),
    work: {
      begin: (tenant) => verifier.verify(token(tenant)),
      tenants: async () => [...seen],
    },
    meters,
    accessLog: undefined,
  })
  useMeters(meters)
  return {
    asTenant: async (tenant, work, user) => runInScope(await verifier.verify(token(tenant, user)), work),
    token,
    close: () => database.drop(),
  }
}

function keysOf({ address, key, kid }: TestDatabase): TenantKeySource {
  const { database, user: role } = address
  return {
    tenantKey({ context }) {
      const claims = { tenant: context.tenant.id, role, kid, expiresAtMs: Date.now() + lifetimeS * 1000 }
      return { database, key: deriveTenantKey(key, claims), ...claims }
    },
  }
}
