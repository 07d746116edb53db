import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  assertionCredential,
  createTokenServiceClient,
  generateSigningJwk,
  keyFinder,
  publicJwk,
  readSigningKey,
  requestScope,
  type TokenServiceClient,
  verifyTransactionToken,
} from '@tenantry/context'
import {
  type ApiKey,
  Directory,
  generateApiKey,
  hashApiKey,
  readConfig,
  type TenantryConfig,
} from '@tenantry/routing'
import { createAccessTokenVerifier } from '../access-token/verify-access-token.ts'
import { createWorkloadAuthenticator } from '../workload/authenticate-workload.ts'
import { LeaseMasters } from './lease-masters.ts'
import { createTokenServer } from './server.ts'
import { TokenSigningKeys } from './token-signing-keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-keys-'))
const socketPath = join(folder, 'tokens.sock')
const audience = 'shop.example'
const signingJwk = generateSigningJwk()
const workloads = new Map(['gateway', 'relay', 'order.pool'].map((id) => [id, generateSigningJwk()]))
const directory = new Directory()
const key = generateApiKey()
let server: Server
let declared: TenantryConfig['apiKeys']

before(async () => {
  const config = readConfig({
    mode: 'development',
    trustDomain: audience,
    identity: { issuer: 'http://localhost:9', audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
    apiKeys: {},
    tiers: { basic: { placement: 'pool' } },
    services: { order: { entry: 'order.ts', acceptsAccessTokens: true } },
  })
  const placement = { order: 'pool' } as const
  const tenant = { tier: 'basic', status: 'active', placement, silo: null } as const
  directory.apply({
    type: 'snapshot',
    tenants: [
      { id: 'tenant-a', ...tenant },
      { id: 'tenant-s', ...tenant, status: 'suspended' },
    ],
    deployments: [
      { id: 'order.pool', service: 'order', tenant: null, database: 'd', role: 'r', addresses: [] },
    ],
    workloads: [...workloads].map(([id, jwk]) => ({
      id,
      kind: id === 'order.pool' ? 'service' : (id as 'gateway'),
      jwk: publicJwk(jwk),
    })),
    databases: [],
  })
  declared = config.apiKeys
  server = createTokenServer({
    config: {
      ...config,
      get apiKeys() {
        return declared
      },
    },
    directory,
    workloads: createWorkloadAuthenticator(directory, config),
    accessTokens: createAccessTokenVerifier(config.identity),
    signingKeys: new TokenSigningKeys([{ jwk: signingJwk, signsAtMs: 0 }]),
    findEventKey: keyFinder([]),
    leaseMasters: new LeaseMasters([{ kid: 1, master: randomBytes(32).toString('base64url') }]),
    recordWork: () => undefined,
    recordCentral: () => undefined,
  })
  server.listen(socketPath)
  await once(server, 'listening')
})
after(() => {
  server.close()
  server.closeAllConnections()
  rmSync(folder, { recursive: true })
})

function tell(text: string, more: Partial<ApiKey> = {}): void {
  const apiKey = {
    id: 'k1',
    hash: hashApiKey(text),
    tenant: 'tenant-a',
    role: 'buyer',
    expiresAtMs: null,
    ...more,
  }
  directory.apply({ type: 'api-key', apiKey })
}
function clientOf(workload: string): TokenServiceClient {
  const jwk = workloads.get(workload) ?? assert.fail(workload)
  return createTokenServiceClient({
    socketPath,
    credential: assertionCredential(workload, readSigningKey(jwk)),
  })
}
const mint = (text: string, activeTenant?: string, by = 'gateway') =>
  clientOf(by).mintForApiKey(text, { audience, txn: 'r-1', activeTenant })
const read = (token: string) =>
  verifyTransactionToken(token, { audience, findKey: keyFinder([publicJwk(signingJwk)]) })
const invalid = { code: 'API_KEY_INVALID', status: 401, message: 'the API key is not valid' }

test('a key gives a token for its tenant, with its role and the key’s id for a subject, and no word of the key', async () => {
  tell(key)
  const token = await mint(key)
  const { tenant, user, requestId, workload } = read(token)
  assert.deepEqual(
    [tenant, user, requestId, workload],
    [
      { id: 'tenant-a', tier: 'basic' },
      { id: 'urn:tenantry:api-key:k1', role: 'buyer' },
      ...['r-1', 'gateway'],
    ],
  )
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
  for (const secret of [key, key.slice(3), hashApiKey(key)]) assert.ok(!payload.includes(secret))
})

test('the gateway’s word is not taken: an unknown, malformed, expired or revoked key gives none, and all alike', async () => {
  tell(key)
  const expired = generateApiKey()
  tell(expired, { id: 'k2', expiresAtMs: Date.now() - 1 })
  const revoked = generateApiKey()
  tell(revoked, { id: 'k3' })
  await mint(revoked)
  directory.apply({ type: 'api-key-revoked', id: 'k3' })
  for (const bad of [generateApiKey(), 'tk_', 'x', `${key} `, hashApiKey(key), expired, revoked])
    await assert.rejects(mint(bad), invalid, bad)
})

test('a key is for its own tenant, whatever the gateway says was chosen, and for none while that is suspended', async () => {
  tell(key)
  await assert.rejects(mint(key, 'tenant-s'), { code: 'TENANT_CHOICE_REFUSED', status: 403 })
  assert.equal(read(await mint(key, 'tenant-a')).tenant.id, 'tenant-a')
  const suspended = generateApiKey()
  tell(suspended, { id: 'k4', tenant: 'tenant-s' })
  await assert.rejects(mint(suspended), { code: 'TENANT_SUSPENDED', status: 403 })
})

test('a token does not outlive its key', async () => {
  const short = generateApiKey()
  tell(short, { id: 'k5', expiresAtMs: Date.now() + 20_000 })
  assert.ok(read(await mint(short)).expiresAtMs <= Date.now() + 20_000)
})

test('only a gateway may exchange keys, and a key is no access token', async () => {
  tell(key)
  for (const by of ['relay', 'order.pool'])
    await assert.rejects(mint(key, undefined, by), { code: 'EXCHANGE_REFUSED', status: 403 })
  await assert.rejects(clientOf('gateway').mintForAccessToken(key, { audience, txn: 'r' }), {
    code: 'ACCESS_TOKEN_INVALID',
  })
})

test('what a key began goes on while it is good: once it is revoked there is no other token and no tenant key', async () => {
  const work = generateApiKey()
  tell(work, { id: 'k6' })
  const token = await mint(work)
  const order = clientOf('order.pool')
  const replace = () => order.replace(token, { audience, scope: requestScope })
  await replace()
  await order.tenantKey(token, { audience })
  directory.apply({ type: 'api-key-revoked', id: 'k6' })
  await assert.rejects(replace(), invalid)
  await assert.rejects(order.tenantKey(token, { audience }), invalid)
})

test('where none are declared any more, those that were made are good for nothing', async () => {
  tell(key)
  await mint(key)
  const before = declared
  declared = undefined
  try {
    await assert.rejects(mint(key), invalid)
  } finally {
    declared = before
  }
})
