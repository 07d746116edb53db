/**
 * For a service's own tests: real scopes, tokens and leases on a PostgreSQL that tests share, without the platform; and an
 * attacker that looks for what one tenant sees of another's.
 * @module
 */
import { randomBytes, randomUUID } from 'node:crypto'
import {
  type CentralKeyAnswer,
  createTokenVerifier,
  generateSigningJwk,
  publicJwk,
  readSigningKey,
  requireTenantId,
  runInScope,
  signTransactionToken,
  TenantryError,
} from '@tenantry/context'
import { centralRoleOf, deriveTenantKey, everyTenant, type TenantKeySource } from '@tenantry/isolation'
import { createMeters, useMeters } from '@tenantry/metrics'
import { createCentralDoor } from './runtime/central-door.ts'
import { useRuntime } from './runtime/require-runtime.ts'
import { openTestDatabase, type TestDatabase, type TestDatabaseOptions } from './testing/test-database.ts'

export type { AttackFamilyName } from './testing/attack/attack-family-name.ts'
export type { AttackOptions, AttackTenant, StartedService } from './testing/attack/attack-options.ts'
export type {
  AttackReport,
  FamilyRun,
  Leak,
  ShownRequest,
  Unreached,
} from './testing/attack/attack-report.ts'
export { attackService } from './testing/attack/attack-service.ts'
export { formatAttackReport } from './testing/attack/format-attack-report.ts'

/** What a service declares in `tenantry.config.ts`, as far as its tests need it. */
export interface TestTenantryOptions extends TestDatabaseOptions {
  /** The event types that the service handles. */
  readonly subscribes?: readonly string[]
  /** What it may begin by its own word; `work` alone unless this says more, or less. */
  readonly grants?: readonly ('work' | 'central')[]
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
  const { service, subscribes = [], grants = ['work'] } = options
  const signing = generateSigningJwk()
  const database = await openTestDatabase({ ...options, central: grants.includes('central') })
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
      rctx: { began: iat },
    }
    return signTransactionToken({ iat, exp: iat + lifetimeS, ...who, tctx }, readSigningKey(signing))
  }
  const granted = <T>(grant: (typeof grants)[number], give: () => T): T => {
    if (grants.includes(grant)) return give()
    throw new TenantryError('EXCHANGE_REFUSED', `this service was not granted \`${grant}\``, {
      status: 403,
      help: `start the kit with \`grants: ['${grant}']\`, and grant it in tenantry.config.ts`,
    })
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
        ...(grants.includes('work') && { jobKey: randomBytes(32).toString('base64url') }),
      },
    },
    verifier,
    weightOf: () => 1,
    // A test calls the service itself, by whatever client it has.
    callers: { verify: async () => 'test' },
    accessTokens: undefined,
    adoption: undefined,
    hops: undefined,
    usage: undefined,
    keeper: undefined,
    tenantKeys: keysOf(database),
    work: {
      begin: async (tenant) => verifier.verify(granted('work', () => token(tenant))),
      tenants: async () => granted('work', () => [...seen]),
    },
    central: createCentralDoor(
      { centralKey: async ({ reason }) => granted('central', () => centralKeyOf(database, reason)) },
      audience,
    ),
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

// As the token service would give it, for a reason that it would take.
function centralKeyOf({ address, key, kid }: TestDatabase, reason: string): CentralKeyAnswer {
  if (!/^[\x20-\x7e]{1,200}$/.test(reason)) {
    throw new TenantryError('TOKEN_REQUEST_INVALID', 'the reason is not one printable line', {
      status: 400,
      help: 'say in 1 to 200 printable ASCII characters why every tenant is read',
    })
  }
  const { database, user } = address
  const expiresAtMs = Date.now() + lifetimeS * 1000
  const claims = { tenant: everyTenant, role: centralRoleOf(user), kid, expiresAtMs }
  return { database, txn: randomUUID(), key: deriveTenantKey(key, claims), ...claims }
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
