import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingMessage, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { after, afterEach, before, test } from 'node:test'
import {
  clientAssertionType,
  createTokenServiceClient,
  createWorkloadCredential,
  generateSigningJwk,
  keyFinder,
  publicJwk,
  serviceAudience,
  tokenExchangeGrant,
  tokenTypes,
  verifyTransactionToken,
} from '@tenantry/context'
import { Directory, type DirectoryWorkload, readConfig, serviceAccountOf } from '@tenantry/routing'
import {
  clusterTrustDomain as audience,
  type Cluster,
  clusterNamespace,
  startCluster,
} from '../../test/cluster.ts'
import { type Issuer, startIssuer } from '../../test/issuer.ts'
import { createAccessTokenVerifier } from '../access-token/verify-access-token.ts'
import { createWorkloadAuthenticator } from '../workload/authenticate-workload.ts'
import { LeaseMasters } from './lease-masters.ts'
import { createTokenServer } from './server.ts'
import { TokenSigningKeys } from './token-signing-keys.ts'

// The table of exchanges is tried in server.test.ts: here is what of it depends on how a workload proves itself.
const folder = mkdtempSync(join(tmpdir(), 'tenantry-cluster-'))
const socketPath = join(folder, 'tokens.sock')
const signingJwk = generateSigningJwk()
const directory = new Directory()
let cluster: Cluster
let issuer: Issuer
let server: Server

const audiences = ['token-service', serviceAudience('order'), serviceAudience('web')] as const
const ids = ['gateway', 'order.pool', 'order.0a0a0a0a', 'web.pool', 'web.0a0a0a0a']

before(async () => {
  ;[cluster, issuer] = await Promise.all([startCluster(folder), startIssuer()])
  const config = readConfig({
    mode: 'development',
    trustDomain: audience,
    identity: { issuer: issuer.url, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
    workloads: { kubernetes: { issuer: cluster.issuer, namespace: clusterNamespace } },
    tiers: { basic: { placement: 'pool' }, premium: { placement: 'silo' } },
    services: {
      order: { entry: 'order.ts', grants: ['work'] },
      web: { entry: 'web.ts', migrations: 'sql', routes: ['/web'], calls: ['order'], grants: ['central'] },
    },
  })
  const pool = { order: 'pool', web: 'pool' } as const
  const silo = { order: 'silo', web: 'silo' } as const
  const deployments = ids.slice(1).map((id) => {
    const [service = '', placement] = id.split('.')
    const tenant = placement === 'pool' ? null : 'tenant-c'
    return { id, service, tenant, database: 'd', role: 'r', addresses: [] }
  })
  const workloads = ids.map(
    (id): DirectoryWorkload => ({
      ...{ id, kind: id === 'gateway' ? 'gateway' : 'service' },
      serviceAccount: serviceAccountOf({ namespace: clusterNamespace }, id),
    }),
  )
  directory.apply({
    type: 'snapshot',
    tenants: [
      { id: 'tenant-a', tier: 'basic', status: 'active', placement: pool, silo: null },
      { id: 'tenant-c', tier: 'premium', status: 'active', placement: silo, silo: '0a0a0a0a' },
    ],
    ...{ deployments, workloads, databases: [] },
  })
  server = createTokenServer({
    ...{ config, directory, recordWork: () => undefined, recordCentral: () => undefined },
    workloads: createWorkloadAuthenticator(directory, config),
    accessTokens: createAccessTokenVerifier(config.identity),
    signingKeys: new TokenSigningKeys([{ jwk: signingJwk, signsAtMs: 0 }]),
    findEventKey: () => undefined,
    leaseMasters: new LeaseMasters([{ kid: 1, master: Buffer.alloc(32).toString('base64url') }]),
  }).listen(socketPath)
  await Promise.all([once(server, 'listening'), ...ids.map((id) => cluster.project(id, audiences))])
})
afterEach(() => {
  cluster.answers = true
})
after(async () => {
  server.close()
  server.closeAllConnections()
  await Promise.all([cluster.close(), issuer.close()])
  rmSync(folder, { recursive: true })
})

/** What a workload proves itself with, from the files that are projected for it. */
const credentialOf = (workload: string) =>
  createWorkloadCredential({ workload, credentials: { folder: join(folder, workload) } })
const clientOf = (workload: string) =>
  createTokenServiceClient({ socketPath, credential: credentialOf(workload) })
const mint = async () =>
  clientOf('gateway').mintForAccessToken(await issuer.sign(), { audience, txn: 'request-1' })
const read = (token: string) =>
  verifyTransactionToken(token, { audience, findKey: keyFinder([publicJwk(signingJwk)]) })

test('a workload gets by its service account what it would get by its key', async () => {
  const token = await mint()
  assert.equal(read(token).workload, 'gateway')
  const key = await clientOf('order.pool').tenantKey(token, { audience })
  assert.deepEqual([key.tenant, key.role], ['tenant-a', 'r'])
  await assert.rejects(clientOf('order.0a0a0a0a').tenantKey(token, { audience }), {
    code: 'ROUTING_MISDIRECTED',
  })
  await assert.rejects(clientOf('order.pool').mintForAccessToken(token, { audience, txn: 't' }), {
    code: 'EXCHANGE_REFUSED',
  })
})

test('work and central work are begun by a service-account token in place of a signature of one’s own', async () => {
  const work = await clientOf('order.pool').mintForWork('tenant-a', { audience, reason: 'nightly' })
  assert.deepEqual([read(work).workload, read(work).user], ['order.pool', undefined])
  const central = await clientOf('web.pool').centralKey({ audience, reason: 'monthly' })
  assert.deepEqual([central.tenant, central.role], ['*', 'r_central'])
  await assert.rejects(clientOf('web.pool').mintForWork('tenant-a', { audience, reason: 'x' }), {
    code: 'EXCHANGE_REFUSED',
  })
})

test('a service gets tokens for itself: another workload’s token is no word of its own, nor is one for another audience', async () => {
  const begin = async (subject: string) => {
    const call = request({ socketPath, method: 'POST', path: '/token' })
    const form = {
      client_assertion_type: clientAssertionType,
      client_assertion: credentialOf('order.pool')('token-service'),
      grant_type: tokenExchangeGrant,
      subject_token: subject,
      subject_token_type: tokenTypes.selfSigned,
      requested_token_type: tokenTypes.transactionToken,
      audience,
      scope: 'work',
      request_details: JSON.stringify({ tenant: 'tenant-a', reason: 'x' }),
    }
    call.end(new URLSearchParams(form).toString())
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    const { code } = (await json(answer)) as { code?: string }
    return [answer.statusCode, code]
  }
  assert.deepEqual(await begin(credentialOf('order.pool')('token-service')), [200, undefined])
  // The kubelet has replaced one of the two meanwhile.
  assert.deepEqual(await begin(await cluster.token('order.pool')), [200, undefined])
  const others = [
    [credentialOf('order.0a0a0a0a')('token-service'), 400, 'TOKEN_REQUEST_INVALID'],
    [await cluster.token('stranger'), 401, 'WORKLOAD_REFUSED'],
    [credentialOf('order.pool')(serviceAudience('web')), 401, 'WORKLOAD_REFUSED'],
  ] as const
  for (const [subject, ...refusal] of others) assert.deepEqual(await begin(subject), refusal)
})

test('a called service learns who calls by a token for it alone, with the same rules as by a signature', async () => {
  const ask = (called: string, credential: string) => clientOf(called).caller(credential)
  const refused = { code: 'CALLER_REFUSED', status: 403 }
  const toOrder = (workload: string) => credentialOf(workload)(serviceAudience('order'))
  const { expiresAtMs, ...silo } = await ask('order.pool', toOrder('web.0a0a0a0a'))
  assert.deepEqual(silo, { workload: 'web.0a0a0a0a', tenant: 'tenant-c' })
  assert.ok(expiresAtMs > Date.now() + 3_500_000)
  assert.equal((await ask('web.pool', credentialOf('gateway')(serviceAudience('web')))).workload, 'gateway')
  const others = [
    // Not declared, not for this service, for the platform, of nobody.
    ...[toOrder('order.0a0a0a0a'), toOrder('gateway'), credentialOf('web.pool')(serviceAudience('web'))],
    ...[
      credentialOf('web.pool')('token-service'),
      await cluster.token('stranger', { audience: 'service/order' }),
    ],
  ]
  for (const credential of others) await assert.rejects(ask('order.pool', credential), refused)
})

test('while the issuer is away, whom nobody knows yet is told to try again: 503, for workloads and for their callers', async () => {
  const down = { code: 'WORKLOAD_ISSUER_DOWN', status: 503 }
  const caller = await cluster.token('web.pool', { audience: 'service/order' })
  await clientOf('order.pool').tenantsOfWork()
  await cluster.project('web.pool', ['token-service'])
  cluster.answers = false
  cluster.rotateKey()
  const later = [
    await cluster.token('web.pool', { audience: 'service/order' }),
    await cluster.token('gateway'),
  ]
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  await assert.rejects(clientOf('order.pool').caller(later[0] ?? ''), down)
  const stranger = createTokenServiceClient({ socketPath, credential: () => later[1] ?? '' })
  await assert.rejects(stranger.mintForAccessToken('x', { audience, txn: 't' }), down)
  // Keys that are known are not asked for again.
  assert.equal((await clientOf('order.pool').caller(caller)).workload, 'web.pool')
})

test('a workload whose file is missing says so itself, and asks nobody', async () => {
  const before = cluster.reached()
  await assert.rejects(clientOf('nobody').tenantsOfWork(), { code: 'CREDENTIAL_MISSING', status: 503 })
  assert.equal(cluster.reached(), before)
})
