import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { generateSigningJwk, keyFinder, publicJwk } from '@tenantry/context'
import { Directory, readConfig } from '@tenantry/routing'
import { createAccessTokenVerifier } from '../access-token/verify-access-token.ts'
import { createWorkloadAuthenticator } from '../workload/authenticate-workload.ts'
import { exchangeForTenantKey } from './exchange-for-tenant-key.ts'
import { LeaseMasters } from './lease-masters.ts'
import { mint } from './mint.ts'
import type { TokenService } from './token-service.ts'
import { TokenSigningKeys } from './token-signing-keys.ts'

const signingJwk = generateSigningJwk()
const placement = { order: 'pool' } as const
const config = readConfig({
  mode: 'development',
  trustDomain: 'shop.example',
  identity: { issuer: 'http://127.0.0.1:1', audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
  tiers: { basic: { placement: 'pool' } },
  services: { order: { entry: 'order.ts' } },
})
const directory = new Directory()
directory.apply({
  type: 'snapshot',
  tenants: ['tenant-a', 'tenant-b'].map((id) => ({
    id,
    tier: 'basic',
    status: 'active',
    placement,
    silo: null,
  })),
  deployments: [
    { id: 'order.pool', service: 'order', tenant: null, database: 'pool', role: 'pool_order', addresses: [] },
  ],
  workloads: [{ id: 'order.pool', kind: 'service', jwk: publicJwk(generateSigningJwk()) }],
  databases: [],
})
const service: TokenService = {
  config,
  directory,
  workloads: createWorkloadAuthenticator(directory, config),
  accessTokens: createAccessTokenVerifier(config.identity),
  signingKeys: new TokenSigningKeys([{ jwk: signingJwk, signsAtMs: 0 }]),
  findEventKey: keyFinder([]),
  recordWork: () => undefined,
  recordCentral: () => undefined,
  leaseMasters: new LeaseMasters([{ kid: 1, master: randomBytes(32).toString('base64url') }]),
}
const workload = directory.workloads.get('order.pool') ?? assert.fail('no workload')
const { token } = mint(service, {
  txn: 'request-1',
  sub: 'user-1',
  scope: 'request',
  req_wl: 'gateway',
  tctx: { tenant: { id: 'tenant-a', tier: 'basic' } },
})
const exchange = (changes: Partial<TokenService> = {}, form: Record<string, string> = {}) =>
  exchangeForTenantKey(
    { ...service, ...changes },
    { workload, subjectToken: token, form: new URLSearchParams(form) },
  )

test('a tenant key lives for 60 s at most, whatever the settings say, and for less when they say less', async () => {
  for (const [tenantKeyLifetimeMs, lifetimeS] of [
    [undefined, 60],
    [3_600_000, 60],
    [500, 0.5],
  ] as const) {
    const asked = Date.now()
    const answer = await exchange(tenantKeyLifetimeMs === undefined ? {} : { tenantKeyLifetimeMs })
    assert.equal(answer.expires_in, lifetimeS)
    const lifetimeMs = Number(answer.expires_at) - asked
    assert.ok(lifetimeMs >= lifetimeS * 1000 && lifetimeMs < lifetimeS * 1000 + 500)
  }
})

test('tenant, role and database are the token’s and the deployment’s, whatever else the form says', async () => {
  const named = { tenant: 'tenant-b', tenantid: 'tenant-b', role: 'postgres', database: 'other', kid: '9' }
  const { tenant, role, database, kid } = await exchange({}, named)
  assert.deepEqual(
    { tenant, role, database, kid },
    { tenant: 'tenant-a', role: 'pool_order', database: 'pool', kid: 1 },
  )
})
