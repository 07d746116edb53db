import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, mock, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  assertionCredential,
  generateSigningJwk,
  publicJwk,
  readSigningKey,
  type WorkloadAudience,
} from '@tenantry/context'
import { Directory, type DirectoryWorkload, readConfig, serviceAccountOf } from '@tenantry/routing'
import { SignJWT } from 'jose'
import { type Cluster, clusterNamespace, clusterTrustDomain, startCluster } from '../../test/cluster.ts'
import { createWorkloadAuthenticator, type WorkloadAuthenticator } from './authenticate-workload.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-accounts-'))
const orderKey = generateSigningJwk()
const refused = { code: 'WORKLOAD_REFUSED', status: 401 }
const down = { code: 'WORKLOAD_ISSUER_DOWN', status: 503 }
let cluster: Cluster
let directory: Directory
let authenticate: WorkloadAuthenticator

before(async () => {
  cluster = await startCluster(folder)
  directory = new Directory()
  const bound = (id: string, kind: DirectoryWorkload['kind'] = 'service'): DirectoryWorkload => ({
    ...{ id, kind },
    serviceAccount: serviceAccountOf({ namespace: clusterNamespace }, id),
  })
  directory.apply({
    type: 'snapshot',
    tenants: [],
    deployments: [],
    workloads: [
      ...[bound('order.pool'), bound('web.pool'), bound('gateway', 'gateway')],
      // One that is bound to a key, as on a laptop.
      { id: 'product.pool', kind: 'service', jwk: publicJwk(orderKey) },
    ],
    databases: [],
  })
  authenticate = createWorkloadAuthenticator(directory, configOf())
})
afterEach(() => {
  mock.timers.reset()
  cluster.answers = true
})
after(async () => {
  await cluster.close()
  rmSync(folder, { recursive: true })
})

function configOf(kubernetes: object | null = {}) {
  return readConfig({
    mode: 'development',
    trustDomain: clusterTrustDomain,
    identity: { issuer: 'http://localhost:1', audience: 'shop', claims: { tenant: 't', role: 'r' } },
    tiers: { basic: { placement: 'pool' } },
    services: { order: { entry: 'order.ts' } },
    ...(kubernetes && {
      workloads: { kubernetes: { issuer: cluster.issuer, namespace: clusterNamespace, ...kubernetes } },
    }),
  })
}

const refuses = (token: string, message?: RegExp, audience: WorkloadAudience = 'token-service') =>
  assert.rejects(authenticate(token, audience), message ? { ...refused, message } : refused)
const nowS = () => Math.floor(Date.now() / 1000)
/** The private claims as Kubernetes gives them, with changes. */
const bound = (changes: object) => ({
  'kubernetes.io': {
    namespace: clusterNamespace,
    pod: { name: 'order-1', uid: 'a1' },
    serviceaccount: { name: 'order.pool', uid: 'b2' },
    ...changes,
  },
})

test('a token of a workload’s service account is that workload’s, for its audience, until it ends', async () => {
  for (const audience of ['token-service', 'control-plane', 'service/product'] as const) {
    const token = await cluster.token('order.pool', { audience, lifetimeS: 600 })
    const { workload, expiresAtMs } = await authenticate(token, audience)
    assert.deepEqual([workload.id, workload.kind], ['order.pool', 'service'])
    assert.ok(expiresAtMs > Date.now() + 590_000 && expiresAtMs <= Date.now() + 600_000)
  }
  assert.equal((await authenticate(await cluster.token('gateway'), 'token-service')).workload.kind, 'gateway')
})

test('one for another audience is refused, also when it is known for its own, and so is one for several', async () => {
  const token = await cluster.token('order.pool')
  const others = ['control-plane', 'service/token-service', 'service/product'] as const
  for (const audience of others) await refuses(token, /another audience/, audience)
  await authenticate(token, 'token-service')
  for (const audience of others) await refuses(token, /another audience/, audience)
  const ours = `${clusterTrustDomain}/token-service`
  for (const aud of [
    [ours, 'https://kubernetes.default.svc'],
    [],
    ours,
    ['token-service'],
    undefined,
    [[ours]],
  ])
    await refuses(await cluster.token('order.pool', { claims: { aud } }), /another audience/)
  await refuses(await cluster.token('order.pool', { claims: { aud: ['other.example/token-service'] } }))
})

test('no account stands for another workload: not by its name, its namespace, or what its subject says', async () => {
  for (const name of ['stranger', 'default', 'order', 'order.pool.x', 'order.0a0a0a0a'])
    await refuses(await cluster.token(name), /no workload’s/)
  await refuses(await cluster.token('order.pool', { namespace: 'other' }), /another namespace/)
  const web = `system:serviceaccount:${clusterNamespace}:web.pool`
  await refuses(await cluster.token('order.pool', { claims: { sub: web } }), /its subject/)
  for (const sub of [undefined, 'order.pool', `system:serviceaccount:other:order.pool`, `${web} `])
    await refuses(await cluster.token('order.pool', { claims: { sub } }), /its subject/)
  for (const serviceaccount of [
    { name: 'web.pool', uid: 'b2' },
    { name: `x:order.pool`, uid: 'b2' },
  ])
    await refuses(await cluster.token('order.pool', { claims: bound({ serviceaccount }) }))
  await refuses(await cluster.token('order.pool', { claims: bound({ namespace: 'other' }) }), /namespace/)
})

test('a token that is not bound to an account and a pod is none, and neither is one that was made for a secret', async () => {
  const idToken = { 'kubernetes.io': undefined }
  await refuses(await cluster.token('order.pool', { claims: idToken }), /not bound/)
  for (const changes of [
    { pod: undefined },
    { pod: { name: 'p' } },
    { serviceaccount: undefined },
    { serviceaccount: {} },
  ])
    await refuses(await cluster.token('order.pool', { claims: bound(changes) }), /not bound/)
  const secret = { pod: undefined, secret: { name: 'order-token', uid: 'c3' } }
  await refuses(await cluster.token('order.pool', { claims: bound(secret) }), /not bound/)
  // A legacy one, of a secret that never ends: with the issuer of its time, and with the cluster's.
  const legacy = {
    ...{ aud: undefined, exp: undefined, iat: undefined, nbf: undefined, jti: undefined },
    'kubernetes.io': undefined,
    'kubernetes.io/serviceaccount/namespace': clusterNamespace,
    'kubernetes.io/serviceaccount/secret.name': 'order-token-9x8',
    'kubernetes.io/serviceaccount/service-account.name': 'order.pool',
    'kubernetes.io/serviceaccount/service-account.uid': 'b2',
  }
  await refuses(await cluster.token('order.pool', { claims: legacy }))
  await refuses(
    await cluster.token('order.pool', { claims: { ...legacy, iss: 'kubernetes/serviceaccount' } }),
  )
  const dated = { ...legacy, aud: [`${clusterTrustDomain}/token-service`], iat: nowS(), nbf: nowS() }
  await refuses(await cluster.token('order.pool', { claims: dated }), /lacks `exp`/)
  await refuses(await cluster.token('order.pool', { claims: { ...dated, exp: nowS() + 600 } }), /not bound/)
})

test('a token is good from its time to its end, and for an hour at most', async () => {
  const at = (changes: Record<string, unknown>) => cluster.token('order.pool', { claims: changes })
  await refuses(await at({ exp: nowS() - 1, iat: nowS() - 600, nbf: nowS() - 600 }), /expired/)
  await refuses(await at({ nbf: nowS() + 60 }), /not valid yet/)
  await refuses(await at({ iat: nowS() + 60, nbf: nowS() + 60 }), /not valid yet/)
  await refuses(await at({ exp: nowS() + 3_700 }), /more than an hour/)
  await refuses(await at({ exp: nowS() + 3_000, nbf: nowS() - 900 }), /more than an hour/)
  for (const name of ['exp', 'iat', 'nbf'])
    for (const value of [undefined, '9999999999', null]) await refuses(await at({ [name]: value }), /lacks/)
  // Two clocks may differ by some seconds.
  await authenticate(await at({ iat: nowS() + 3, nbf: nowS() + 3 }), 'token-service')
})

test('a token that is remembered ends when it expires, and with its workload', async () => {
  const token = await cluster.token('web.pool', { lifetimeS: 60 })
  await authenticate(token, 'token-service')
  const web = directory.workloads.get('web.pool') ?? assert.fail('no workload')
  directory.workloads.delete('web.pool')
  await refuses(token, /no workload’s/)
  directory.apply({ type: 'workload', workload: { id: web.id, kind: 'service', jwk: publicJwk(orderKey) } })
  await refuses(token, /no workload’s/)
  directory.apply({ type: 'workload', workload: web })
  await authenticate(token, 'token-service')
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  mock.timers.tick(60_000)
  await refuses(token, /expired/)
})

test('another issuer’s token is refused, and nobody is asked about it', async () => {
  const other = await startCluster(folder)
  const theirs = await other.token('order.pool')
  const before = [cluster.reached(), other.reached()]
  await refuses(theirs, /not of the cluster’s issuer/)
  assert.deepEqual([cluster.reached(), other.reached()], before)
  // Nor is it believed when it claims to be of ours: the key is another.
  await refuses(await other.token('order.pool', { claims: { iss: cluster.issuer } }), /not signed with a key/)
  await other.close()
})

test('only the algorithms of clusters are taken, whatever a header proposes', async () => {
  const token = await cluster.token('order.pool')
  const [, payload = ''] = token.split('.')
  const forge = (header: object, sign: (input: string) => string) => {
    const input = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}`
    return `${input}.${sign(input)}`
  }
  const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
  // The public key as if it were a secret that both sides share.
  for (const format of ['pem', 'der'] as const) {
    const secret = cluster.publicKey().export({ type: 'spki', format: format as 'pem' })
    const hmac = (input: string) => createHmac('sha256', secret).update(input).digest('base64url')
    await refuses(forge({ alg: 'HS256', kid }, hmac), /not signed with a key/)
  }
  for (const alg of ['none', 'None', 'RS1', ''])
    await refuses(
      forge({ alg, kid }, () => 'AA'),
      /not signed with a key/,
    )
  await refuses(forge({ alg: 'none', kid }, () => ''))
  // A key that the token brings, or points to.
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const brought = (header: object) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(own.privateKey)
  const jwk = own.publicKey.export({ format: 'jwk' })
  for (const header of [{}, { jwk }, { jku: `${cluster.issuer}/openid/v1/jwks` }, { kid: 'another' }])
    await refuses(await brought(header))
  await refuses(`${token.slice(0, -8)}AAAAAAAA`, /not signed with a key/)
})

test('a token of another type is none, and one of the general type is', async () => {
  for (const typ of ['at+jwt', 'txntoken+jwt', 'client-authentication+jwt'])
    await refuses(await cluster.token('order.pool', { header: { typ } }))
  await authenticate(await cluster.token('order.pool', { header: { typ: 'JWT' } }), 'token-service')
})

test('what has no form of a token is refused without asking anyone', async () => {
  const before = cluster.reached()
  for (const nonsense of ['', 'x', 'a.b.c', '..', `e30.e30.${'A'.repeat(9_000)}`]) await refuses(nonsense)
  assert.equal(cluster.reached(), before)
})

test('a key that the cluster begins to sign with is known at its first token, and an old one no longer then', async () => {
  const old = await cluster.token('order.pool')
  await authenticate(old, 'token-service')
  const unseen = await cluster.token('order.pool')
  cluster.rotateKey()
  // It is asked for unknown keys once a second at most.
  await sleep(1_100)
  await authenticate(await cluster.token('order.pool'), 'token-service')
  await refuses(unseen, /not signed with a key/)
  // What was verified stays so until it ends.
  await authenticate(old, 'token-service')
})

test('while the issuer is away, who is known stays known, and others are told to try again', async () => {
  const apart = createWorkloadAuthenticator(directory, configOf())
  const [known, other] = [await cluster.token('order.pool'), await cluster.token('web.pool')]
  cluster.answers = false
  await assert.rejects(apart(other, 'token-service'), down)
  cluster.answers = true
  await apart(known, 'token-service')
  cluster.answers = false
  await apart(known, 'token-service')
  cluster.rotateKey()
  await sleep(1_100)
  await assert.rejects(apart(await cluster.token('web.pool'), 'token-service'), down)
  cluster.answers = true
  await apart(await cluster.token('web.pool'), 'token-service')
})

test('the keys are read where they are said to be, without discovery', async () => {
  const jwksUri = `${cluster.issuer}/openid/v1/jwks`
  const direct = createWorkloadAuthenticator(directory, configOf({ jwksUri }))
  const before = cluster.reached()
  await direct(await cluster.token('order.pool'), 'token-service')
  assert.equal(cluster.reached(), before + 1)
  const wrong = createWorkloadAuthenticator(directory, configOf({ jwksUri: `${cluster.issuer}/elsewhere` }))
  await assert.rejects(wrong(await cluster.token('order.pool'), 'token-service'), down)
})

test('a workload is believed with the one kind of credential that it is bound to', async () => {
  const signed = (id: string) => assertionCredential(id, readSigningKey(orderKey))('token-service')
  assert.equal((await authenticate(signed('product.pool'), 'token-service')).workload.id, 'product.pool')
  // Bound to a key: a service account of its name is not it.
  await refuses(await cluster.token('product.pool'), /no workload’s/)
  // Bound to an account: no key speaks for it, also one that is known.
  await refuses(signed('order.pool'))
  const own = assertionCredential('order.pool', readSigningKey(generateSigningJwk()))
  await refuses(own('token-service'), /no workload’s key/)
})

test('where no cluster is configured, no service account is anyone, whatever the directory says', async () => {
  const without = createWorkloadAuthenticator(directory, configOf(null))
  const before = cluster.reached()
  const token = await cluster.token('order.pool')
  await assert.rejects(without(token, 'token-service'), { ...refused, message: /no cluster is configured/ })
  assert.equal(cluster.reached(), before)
})
