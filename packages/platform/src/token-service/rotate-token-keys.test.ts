import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  assertionCredential,
  createTokenServiceClient,
  createTokenVerifier,
  generateSigningJwk,
  publicJwk,
  readSigningKey,
} from '@tenantry/context'
import { Directory, readConfig } from '@tenantry/routing'
import { startIssuer } from '../../test/issuer.ts'
import { createAccessTokenVerifier } from '../access-token/verify-access-token.ts'
import { createWorkloadAuthenticator } from '../workload/authenticate-workload.ts'
import { LeaseMasters } from './lease-masters.ts'
import { createTokenServer } from './server.ts'
import { TokenSigningKeys } from './token-signing-keys.ts'

const audience = 'shop.example'
const folder = mkdtempSync(join(tmpdir(), 'tenantry-token-keys-'))
const socketPath = join(folder, 'tokens.sock')
const issuer = await startIssuer()
const config = readConfig({
  mode: 'development',
  trustDomain: audience,
  identity: { issuer: issuer.url, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
  tiers: { basic: { placement: 'pool' } },
  services: { order: { entry: 'order.ts' } },
})
const keys = new Map(['gateway', 'control-plane'].map((id) => [id, generateSigningJwk()]))
const directory = new Directory()
directory.apply({
  type: 'snapshot',
  tenants: [{ id: 'tenant-a', tier: 'basic', status: 'active', placement: { order: 'pool' }, silo: null }],
  deployments: [],
  workloads: [...keys].map(([id, jwk]) => ({ id, kind: id as 'gateway', jwk: publicJwk(jwk) })),
  databases: [],
})
const signingKeys = new TokenSigningKeys([{ jwk: generateSigningJwk(), signsAtMs: 0 }], {
  keep: async () => undefined,
  // Longer than the second in which verifiers ask once.
  publishMs: 1_500,
})
const server = createTokenServer({
  ...{ config, directory, signingKeys },
  workloads: createWorkloadAuthenticator(directory, config),
  accessTokens: createAccessTokenVerifier(config.identity),
  recordWork: () => undefined,
  recordCentral: () => undefined,
  findEventKey: () => undefined,
  leaseMasters: new LeaseMasters([{ kid: 1, master: randomBytes(32).toString('base64url') }]),
}).listen(socketPath)
await once(server, 'listening')
after(async () => {
  server.close()
  server.closeAllConnections()
  await issuer.close()
  rmSync(folder, { recursive: true })
})

const clientOf = (id: string) =>
  createTokenServiceClient({
    socketPath,
    credential: assertionCredential(id, readSigningKey(keys.get(id) ?? assert.fail('no such workload'))),
  })

test('while the key rotates every token is verified, by those who were there before and by those who come later', async () => {
  const gateway = clientOf('gateway')
  const access = await issuer.sign({ claims: { tenant: 'tenant-a' } })
  const verifierOf = () => createTokenVerifier({ client: gateway, audience })
  const old = verifierOf()
  const kids = new Set<string>()
  const mintAndVerify = async () => {
    const token = await gateway.mintForAccessToken(access, { audience, txn: 'request-1' })
    kids.add(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid)
    for (const verifier of [old, verifierOf()])
      assert.equal((await verifier.verify(token)).tenant.id, 'tenant-a')
  }
  await mintAndVerify()
  const control = clientOf('control-plane')
  assert.deepEqual(
    (await control.tokenKeys('rotate')).map(({ state }) => state),
    ['signing', 'published'],
  )
  while ((await control.tokenKeys()).at(-1)?.state !== 'signing') {
    await mintAndVerify()
    await sleep(20)
  }
  for (let more = 0; more < 20; more++) await mintAndVerify()
  assert.equal(kids.size, 2)
})

test('only a control plane rotates', async () => {
  await assert.rejects(clientOf('gateway').tokenKeys('rotate'), { code: 'TOKEN_REQUEST_INVALID' })
  assert.equal(signingKeys.published.length, 2)
})
