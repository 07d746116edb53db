// Over 250 lines because every row of the table of exchanges is tried against one running token service.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, type IncomingMessage, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import {
  assertionCredential,
  clientAssertionType,
  createTokenServiceClient,
  generateSigningJwk,
  keyFinder,
  publicJwk,
  readSigningKey,
  serviceAudience,
  signTransactionToken,
  type TokenServiceClient,
  tokenExchangeGrant,
  tokenTypes,
  verifyTransactionClaims,
  verifyTransactionToken,
} from '@tenantry/context'
import { deriveDatabaseKey, deriveTenantKey } from '@tenantry/isolation'
import { signEvent, writeEventToJson } from '@tenantry/propagation'
import { Directory, readConfig } from '@tenantry/routing'
import { type Issuer, startIssuer } from '../../test/issuer.ts'
import { createAccessTokenVerifier } from '../access-token/verify-access-token.ts'
import { createWorkloadAuthenticator } from '../workload/authenticate-workload.ts'
import { LeaseMasters } from './lease-masters.ts'
import { createTokenServer } from './server.ts'
import { TokenSigningKeys } from './token-signing-keys.ts'
import type { CentralRecord, WorkRecord } from './work-record.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-tokens-'))
const socketPath = join(folder, 'tokens.sock')
const signingJwk = generateSigningJwk()
const eventJwk = generateSigningJwk()
const master = randomBytes(32)
const audience = 'shop.example'
const kinds = ['gateway', 'relay', 'control-plane'] as const
const keys = new Map(
  ['gateway', 'relay', 'control-plane', 'order.pool', 'order.0a0a0a0a', 'web.pool', 'web.0a0a0a0a'].map(
    (id) => [id, generateSigningJwk()],
  ),
)
const directory = new Directory()
let issuer: Issuer
let server: Server
const records: WorkRecord[] = []
const centralRecords: CentralRecord[] = []
const unrecordable = 'cannot be recorded'

const credentialOf = (workload: string, key = keys.get(workload) ?? signingJwk) =>
  assertionCredential(workload, readSigningKey(key))

function clientOf(workload: string, key = keys.get(workload) ?? generateSigningJwk()): TokenServiceClient {
  return createTokenServiceClient({
    socketPath,
    credential: credentialOf(workload, key),
  })
}

async function askRaw(path: string, body: string): Promise<{ status: number | undefined; body: unknown }> {
  const call = request({ socketPath, method: 'POST', path })
  call.end(body)
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  return { status: answer.statusCode, body: await json(answer) }
}

const waitedFor = new Map<string, Promise<void>>()

const mintForEvent = (client: TokenServiceClient, signedEvent: string, service = 'order') =>
  client.mintForEvent(signedEvent, { audience, service })

before(async () => {
  issuer = await startIssuer()
  const config = readConfig({
    mode: 'development',
    trustDomain: audience,
    identity: { issuer: issuer.url, audience: 'shop', claims: { tenant: 'tenant', role: 'role' } },
    tiers: { basic: { placement: 'pool' }, premium: { placement: 'silo' } },
    services: {
      order: { entry: 'order.ts', subscribes: ['order.placed'], grants: ['work'] },
      product: { entry: 'product.ts' },
      web: {
        ...{ entry: 'web.ts', migrations: 'sql', acceptsAccessTokens: true, grants: ['central'] },
        ...{ routes: ['/web'], calls: ['order'] },
      },
    },
  })
  const pool = { order: 'pool', product: 'pool', web: 'pool' } as const
  const silo = { order: 'silo', product: 'silo', web: 'silo' } as const
  directory.apply({
    type: 'snapshot',
    tenants: [
      { id: 'tenant-a', tier: 'basic', status: 'active', placement: pool, silo: null },
      { id: 'tenant-c', tier: 'premium', status: 'active', placement: silo, silo: '0a0a0a0a' },
      { id: 'tenant-s', tier: 'basic', status: 'suspended', placement: pool, silo: null },
    ],
    deployments: [
      {
        id: 'order.pool',
        service: 'order',
        tenant: null,
        database: 'tenantry_pool',
        role: 'pool_order',
        addresses: [],
      },
      {
        id: 'order.0a0a0a0a',
        service: 'order',
        tenant: 'tenant-c',
        database: 'tenantry_0a0a0a0a',
        role: '0a0a0a0a_order',
        addresses: [],
      },
      { id: 'web.pool', service: 'web', tenant: null, database: 'd', role: 'r', addresses: [] },
      { id: 'web.0a0a0a0a', service: 'web', tenant: 'tenant-c', database: 'd', role: 'r', addresses: [] },
    ],
    workloads: [...keys].map(([id, key]) => ({
      id,
      kind: kinds.find((kind) => kind === id) ?? 'service',
      jwk: publicJwk(key),
    })),
    databases: [],
  })
  const accessTokens = createAccessTokenVerifier(config.identity)
  server = createTokenServer({
    recordWork: (record) => records.push(record),
    recordCentral: (record) => {
      if (record.reason === unrecordable) throw new Error('the log is full')
      centralRecords.push(record)
    },
    config,
    directory,
    workloads: createWorkloadAuthenticator(directory, config),
    accessTokens: {
      // As when the issuer's keys are not here yet: somebody has to be waited for.
      verify: async (token, choice) => {
        await waitedFor.get(token)
        return accessTokens.verify(token, choice)
      },
    },
    signingKeys: new TokenSigningKeys([{ jwk: signingJwk, signsAtMs: 0 }]),
    findEventKey: keyFinder([publicJwk(eventJwk)]),
    leaseMasters: new LeaseMasters([{ kid: 3, master: master.toString('base64url') }]),
  }).listen(socketPath)
  await once(server, 'listening')
})
after(async () => {
  server.close()
  server.closeAllConnections()
  await issuer.close()
  rmSync(folder, { recursive: true })
})

const mintFor = async (tenant: string, claims = {}) =>
  clientOf('gateway').mintForAccessToken(await issuer.sign({ claims: { tenant, ...claims } }), {
    audience,
    txn: 'request-1',
  })
const read = (token: string) =>
  verifyTransactionToken(token, { audience, findKey: keyFinder([publicJwk(signingJwk)]) })

const claimsOf = (token: string) =>
  verifyTransactionClaims(token, { audience, findKey: keyFinder([publicJwk(signingJwk)]) })

function event(tenantid: string, changes: object = {}) {
  const time = `${new Date().toISOString().slice(0, 19)}Z`
  const unsigned = {
    specversion: '1.0',
    id: 'e1',
    source: 'order',
    type: 'order.placed',
    time,
    datacontenttype: 'application/json',
    tenantid,
    data: '{}',
    ...changes,
  } as const
  return writeEventToJson(signEvent(unsigned, readSigningKey(eventJwk)))
}

test('a gateway gets a token for the tenant, tier and user that the access token and the catalog name', async () => {
  const { tenant, user, requestId, workload, expiresAtMs } = read(
    await mintFor('tenant-a', { tier: 'premium' }),
  )
  assert.deepEqual(
    { tenant, user, requestId, workload },
    {
      tenant: { id: 'tenant-a', tier: 'basic' },
      user: { id: 'seller@tenant-a', role: 'seller' },
      requestId: 'request-1',
      workload: 'gateway',
    },
  )
  assert.ok(expiresAtMs <= Date.now() + 60_000)
})

test('no token outlives the access token that it was minted for', async () => {
  const brief = await issuer.sign({ expiresIn: Math.floor(Date.now() / 1000) + 5 })
  const { expiresAtMs } = read(await clientOf('gateway').mintForAccessToken(brief, { audience, txn: 't' }))
  assert.ok(expiresAtMs <= Date.now() + 5_000)
})

test('the gateway’s word is not taken: a bad access token, a suspended and an unknown tenant get nothing', async () => {
  const gateway = clientOf('gateway')
  await assert.rejects(gateway.mintForAccessToken('x', { audience, txn: 't' }), {
    code: 'ACCESS_TOKEN_INVALID',
    status: 401,
  })
  await assert.rejects(mintFor('tenant-s'), { code: 'TENANT_SUSPENDED', status: 403 })
  await assert.rejects(mintFor('tenant-z'), { code: 'TENANT_UNKNOWN', status: 403 })
  const token = await issuer.sign()
  await assert.rejects(gateway.mintForAccessToken(token, { audience: 'other', txn: 't' }), {
    code: 'TOKEN_REQUEST_INVALID',
  })
  await assert.rejects(gateway.mintForAccessToken(token, { audience, txn: 'a\nb' }), {
    code: 'TOKEN_REQUEST_INVALID',
  })
})

test('only the row’s own kind of workload may exchange', async () => {
  const token = await issuer.sign()
  for (const other of ['relay', 'control-plane', 'order.pool']) {
    await assert.rejects(clientOf(other).mintForAccessToken(token, { audience, txn: 't' }), {
      code: 'EXCHANGE_REFUSED',
      status: 403,
    })
  }
  for (const other of ['gateway', 'control-plane', 'order.pool']) {
    await assert.rejects(mintForEvent(clientOf(other), event('tenant-a')), {
      code: 'EXCHANGE_REFUSED',
    })
  }
  const minted = await mintFor('tenant-a')
  for (const other of ['gateway', 'relay', 'control-plane']) {
    await assert.rejects(clientOf(other).tenantKey(minted, { audience }), { code: 'EXCHANGE_REFUSED' })
  }
})

test('a token of work that goes on is replaced by another of the same transaction, and who asked is appended', async () => {
  const first = await mintFor('tenant-a')
  const second = await clientOf('order.pool').replace(first, { audience, scope: 'request' })
  const third = await clientOf('order.pool').replace(second, { audience, scope: 'request' })
  const fourth = await clientOf('web.pool').replace(third, { audience, scope: 'request' })
  const [before, after, again, last] = [first, second, third, fourth].map(claimsOf)
  for (const name of ['txn', 'sub', 'aud', 'scope', 'tctx', 'rctx'] as const)
    assert.deepEqual(after?.[name], before?.[name])
  assert.deepEqual(
    [before, after, again, last].map((claims) => claims?.req_wl),
    ['gateway', 'gateway,order.pool', 'gateway,order.pool', 'gateway,order.pool,web.pool'],
  )
  assert.ok((after?.exp ?? 0) <= Date.now() / 1000 + 60)
  await clientOf('order.pool').tenantKey(second, { audience })
})

test('a token is replaced while it lives, within an hour of its transaction, for a deployment of its tenant, and for no one else', async () => {
  const minted = await mintFor('tenant-a')
  const refuses = (workload: string, token: string, code: string) =>
    assert.rejects(clientOf(workload).replace(token, { audience, scope: 'request' }), { code })
  for (const other of ['gateway', 'relay', 'control-plane']) await refuses(other, minted, 'EXCHANGE_REFUSED')
  await refuses('order.0a0a0a0a', minted, 'ROUTING_MISDIRECTED')
  const nowS = Math.floor(Date.now() / 1000)
  const forged = (changes: object, jwk = signingJwk) =>
    signTransactionToken({ ...claimsOf(minted), ...changes }, readSigningKey(jwk))
  const with_ = (id: string) => ({ tctx: { tenant: { id, tier: 'basic' } } })
  for (const [token, code] of [
    [forged({ exp: nowS }), 'TOKEN_EXPIRED'],
    [forged({ rctx: { began: nowS - 3_600 } }), 'WORK_TOO_LONG'],
    [forged({ rctx: undefined }), 'TOKEN_MALFORMED'],
    [forged({ rctx: { began: nowS + 60 } }), 'TOKEN_MALFORMED'],
    [forged({ aud: 'elsewhere' }), 'TOKEN_AUDIENCE'],
    [forged(with_('tenant-s')), 'TENANT_SUSPENDED'],
    [forged(with_('tenant-z')), 'TENANT_UNKNOWN'],
    [forged({}, generateSigningJwk()), 'TOKEN_KEY_UNKNOWN'],
    [await issuer.sign(), 'TOKEN_MALFORMED'],
  ] as const) {
    await refuses('order.pool', token, code)
  }
  await assert.rejects(clientOf('order.pool').replace(minted, { audience, scope: 'work' }), {
    code: 'TOKEN_REQUEST_INVALID',
  })
  const late = forged({ rctx: { began: nowS - 3_590 } })
  const { exp } = claimsOf(await clientOf('order.pool').replace(late, { audience, scope: 'request' }))
  assert.ok(exp <= nowS + 10, 'the last one ends with the hour')
})

test('a service that accepts access tokens gets a token that says it was asked for by this service', async () => {
  const access = await issuer.sign({ claims: { tier: 'premium' } })
  const minted = await clientOf('web.pool').mintForAccessToken(access, { audience, txn: 'request-2' })
  const { tenant, user, requestId, workload, expiresAtMs } = read(minted)
  assert.deepEqual(
    { tenant, user, requestId, workload },
    {
      tenant: { id: 'tenant-a', tier: 'basic' },
      user: { id: 'seller@tenant-a', role: 'seller' },
      requestId: 'request-2',
      workload: 'web.pool',
    },
  )
  assert.ok(expiresAtMs <= Date.now() + 60_000)
  await clientOf('web.pool').tenantKey(minted, { audience })
})

test('a service exchanges access tokens of the tenants that its deployment serves, and of no other (attack 26)', async () => {
  const [pooled, siloed] = await Promise.all(
    ['tenant-a', 'tenant-c'].map((tenant) => issuer.sign({ claims: { tenant } })),
  )
  const at = (workload: string, token = '') =>
    clientOf(workload).mintForAccessToken(token, { audience, txn: 't' })
  for (const [workload, token] of [
    ['web.pool', siloed],
    ['web.0a0a0a0a', pooled],
  ] as const) {
    await assert.rejects(at(workload, token), { code: 'ROUTING_MISDIRECTED', status: 421 })
  }
  assert.equal(read(await at('web.0a0a0a0a', siloed)).tenant.id, 'tenant-c')
})

test('a service gets nothing without the access token itself: no other token, no choice, no claim of its own', async () => {
  const web = clientOf('web.pool')
  const refuses = (token: string, code: string, changes: object = {}) =>
    assert.rejects(web.mintForAccessToken(token, { audience, txn: 't', ...changes }), { code })
  await refuses('x', 'ACCESS_TOKEN_INVALID')
  await refuses(await mintFor('tenant-a'), 'ACCESS_TOKEN_INVALID')
  await refuses(await issuer.sign({ claims: { tenant: 'tenant-s' } }), 'TENANT_SUSPENDED')
  await refuses(await issuer.sign({ claims: { tenant: 'tenant-z' } }), 'TENANT_UNKNOWN')
  await refuses(await issuer.sign(), 'TENANT_CHOICE_REFUSED', { activeTenant: 'tenant-c' })
  await refuses(await issuer.sign({ expiresIn: Math.floor(Date.now() / 1000) - 1 }), 'ACCESS_TOKEN_EXPIRED')
  await assert.rejects(mintForEvent(web, event('tenant-a')), {
    code: 'EXCHANGE_REFUSED',
  })
})

test('whoever asks, the choice among several tenants is checked against the token itself', async () => {
  const several = await issuer.sign({ claims: { tenant: ['tenant-a', 'tenant-b', 'tenant-s'] as never } })
  for (const workload of ['gateway', 'web.pool']) {
    const chosen = (activeTenant?: string) =>
      clientOf(workload).mintForAccessToken(several, { audience, txn: 't', activeTenant })
    assert.equal(read(await chosen('tenant-a')).tenant.id, 'tenant-a')
    await assert.rejects(chosen(), { code: 'TENANT_CHOICE_MISSING', status: 400 })
    await assert.rejects(chosen('tenant-c'), { code: 'TENANT_CHOICE_REFUSED', status: 403 })
    await assert.rejects(chosen('tenant-s'), { code: 'TENANT_SUSPENDED', status: 403 })
  }
})

test('a workload that the directory does not know, or that signs with another key, gets nothing', async () => {
  const token = await issuer.sign()
  await assert.rejects(clientOf('stranger').mintForAccessToken(token, { audience, txn: 't' }), {
    code: 'WORKLOAD_REFUSED',
  })
  const asGateway = clientOf('gateway', keys.get('order.pool'))
  await assert.rejects(asGateway.mintForAccessToken(token, { audience, txn: 't' }), {
    code: 'WORKLOAD_REFUSED',
  })
})

test('a service gets the key of the tenant whose token reached it, for its own role and database', async () => {
  const key = await clientOf('order.pool').tenantKey(await mintFor('tenant-a'), { audience })
  const { expiresAtMs } = key
  const claims = { role: 'pool_order', tenant: 'tenant-a', kid: 3, expiresAtMs }
  const expected = deriveTenantKey(deriveDatabaseKey(master, 'tenantry_pool', 3), claims)
  assert.deepEqual(key, { ...claims, database: 'tenantry_pool', key: expected })
  assert.ok(expiresAtMs <= Date.now() + 60_000)
})

test('a service that does not serve the tenant gets no key: the pool none of a silo’s, a silo none of another’s', async () => {
  const [pooled, siloed] = [await mintFor('tenant-a'), await mintFor('tenant-c')]
  await assert.rejects(clientOf('order.pool').tenantKey(siloed, { audience }), {
    code: 'ROUTING_MISDIRECTED',
    status: 421,
  })
  await assert.rejects(clientOf('order.0a0a0a0a').tenantKey(pooled, { audience }), {
    code: 'ROUTING_MISDIRECTED',
    status: 421,
  })
  await clientOf('order.0a0a0a0a').tenantKey(siloed, { audience })
  await assert.rejects(clientOf('order.pool').tenantKey(`${pooled.slice(0, -4)}AAAA`, { audience }), {
    status: 401,
  })
})

test('a tenant that is suspended after its token was minted gets no key', async () => {
  const token = await mintFor('tenant-a')
  const tenant = directory.tenants.get('tenant-a')
  assert.ok(tenant)
  directory.apply({ type: 'tenant', tenant: { ...tenant, status: 'suspended' } })
  await assert.rejects(clientOf('order.pool').tenantKey(token, { audience }), {
    code: 'TENANT_SUSPENDED',
    status: 403,
  })
  directory.apply({ type: 'tenant', tenant })
})

test('a relay gets one live token for each event and subscribed service', async () => {
  const relay = clientOf('relay')
  const token = await mintForEvent(relay, event('tenant-a'))
  const { tenant, user, event: origin } = read(token)
  assert.deepEqual(tenant, { id: 'tenant-a', tier: 'basic' })
  assert.equal(user, undefined)
  assert.equal(origin?.id, 'e1')
  assert.equal((await mintForEvent(relay, event('tenant-a', { id: 'e2' }))) === token, false)
  const again = event('tenant-a', { id: 'e3' })
  assert.equal(await mintForEvent(relay, again), await mintForEvent(relay, again))
})

test('several tokens are had in one request, and one that is refused leaves the others as they are', async () => {
  const relay = clientOf('relay')
  const events = [
    event('tenant-a', { id: 'e4' }),
    event('tenant-s'),
    'nothing',
    event('tenant-a', { id: 'e5' }),
  ]
  const answers = await Promise.allSettled(events.map((signedEvent) => mintForEvent(relay, signedEvent)))
  assert.deepEqual(
    answers.map((answer) =>
      answer.status === 'fulfilled' ? read(answer.value).event?.id : answer.reason.code,
    ),
    ['e4', 'TENANT_SUSPENDED', 'EVENT_MALFORMED', 'e5'],
  )
  const stranger = clientOf('relay', generateSigningJwk())
  for (const signedEvent of events)
    await assert.rejects(mintForEvent(stranger, signedEvent), { code: 'WORKLOAD_REFUSED' })
})

test('an exchange that has to wait for somebody holds up none that was asked for with it', async () => {
  const gateway = clientOf('gateway')
  const mint = (token: string) => gateway.mintForAccessToken(token, { audience, txn: 'together' })
  const sign = (sub: string) => issuer.sign({ claims: { tenant: 'tenant-a', sub } })
  const known = await Promise.all(['1', '2', '3', '4'].map(sign))
  await Promise.all(known.map(mint))
  const late = await sign('late')
  const arrival = Promise.withResolvers<void>()
  waitedFor.set(late, arrival.promise)
  const lateToken = mint(late)
  const tokens = await Promise.all(known.map(mint))
  assert.deepEqual(
    tokens.map((token) => read(token).user?.id),
    ['1', '2', '3', '4'],
  )
  arrival.resolve()
  assert.equal(read(await lateToken).user?.id, 'late')
})

test('several are asked for in JSON alone, with one credential and parameters that are text', async () => {
  const client_assertion = credentialOf('relay')('token-service')
  const whole = { client_assertion_type: clientAssertionType, client_assertion, exchanges: [] }
  assert.deepEqual(await askRaw('/tokens', JSON.stringify(whole)), { status: 200, body: { answers: [] } })
  const { client_assertion: _, ...anonymous } = whole
  for (const wrong of [
    ...['', '[]', 'null', 'client_assertion=x'],
    ...[anonymous, { ...whole, exchanges: {} }, { ...whole, exchanges: [{ scope: ['event'] }] }].map((body) =>
      JSON.stringify(body),
    ),
    JSON.stringify({ ...whole, more: 1 }),
  ]) {
    assert.equal((await askRaw('/tokens', wrong)).status, 400, wrong)
  }
})

test('no token is minted for a service that does not subscribe, or an event that is old, forged or re-tenanted', async () => {
  const relay = clientOf('relay')
  const refuses = (text: string, code: string, service = 'order') =>
    assert.rejects(mintForEvent(relay, text, service), { code })
  await refuses(event('tenant-a'), 'TOKEN_REQUEST_INVALID', 'product')
  await refuses(event('tenant-a', { type: 'order.other' }), 'TOKEN_REQUEST_INVALID')
  await refuses(event('tenant-a', { time: '2020-01-01T00:00:00Z' }), 'EVENT_TOO_OLD')
  await refuses(event('tenant-a').replace('tenant-a', 'tenant-c'), 'EVENT_SIGNATURE')
  await refuses(event('tenant-s'), 'TENANT_SUSPENDED')
  await refuses('{}', 'EVENT_MALFORMED')
})

test('a database’s keys, and their rotation, are for a control plane alone', async () => {
  assert.deepEqual(await clientOf('control-plane').databaseKeys('tenantry_pool'), [
    { kid: 3, key: deriveDatabaseKey(master, 'tenantry_pool', 3) },
  ])
  for (const other of ['gateway', 'relay', 'order.pool']) {
    await assert.rejects(clientOf(other).databaseKeys('tenantry_pool'), { code: 'TOKEN_REQUEST_INVALID' })
    await assert.rejects(clientOf(other).leaseKeys(), { code: 'TOKEN_REQUEST_INVALID' })
    await assert.rejects(clientOf(other).leaseKeys('make'), { code: 'TOKEN_REQUEST_INVALID' })
  }
})

test('a connection that nobody uses is not ended: no request is sent on one that is just going', async () => {
  const agent = new Agent({ keepAlive: true })
  const [answer] = (await once(request({ socketPath, path: '/jwks', agent }).end(), 'response')) as [
    IncomingMessage,
  ]
  await json(answer)
  assert.equal(answer.headers.connection, 'keep-alive')
  assert.equal(answer.headers['keep-alive'], undefined)
  agent.destroy()
})

test('a token service that is away is told of as such', async () => {
  const away = createTokenServiceClient({ socketPath: join(folder, 'none.sock'), credential: () => 'x' })
  await assert.rejects(away.jwks(), { code: 'TOKEN_SERVICE_DOWN', status: 503 })
})

test('a service that was granted work begins it by its own word, for a tenant that it serves, and it is on record', async () => {
  const order = clientOf('order.pool')
  const token = await order.mintForWork('tenant-a', { audience, reason: 'nightly report' })
  const context = verifyTransactionToken(token, { audience, findKey: keyFinder([publicJwk(signingJwk)]) })
  assert.deepEqual(context.tenant, { id: 'tenant-a', tier: 'basic' })
  assert.equal(context.user, undefined)
  assert.equal(context.workload, 'order.pool')
  assert.deepEqual(records.at(-1), {
    workload: 'order.pool',
    tenant: 'tenant-a',
    reason: 'nightly report',
    txn: context.requestId,
  })
  assert.equal((await order.tenantKey(token, { audience })).tenant, 'tenant-a')
})

test('work is refused to a service that was not granted it, and for tenants that it does not serve or that are suspended', async () => {
  const before = records.length
  const begin = (workload: string, tenant: string, reason = 'x') =>
    clientOf(workload).mintForWork(tenant, { audience, reason })
  await assert.rejects(begin('web.pool', 'tenant-a'), { code: 'EXCHANGE_REFUSED', status: 403 })
  await assert.rejects(begin('gateway', 'tenant-a'), { code: 'EXCHANGE_REFUSED' })
  await assert.rejects(begin('order.pool', 'tenant-c'), { code: 'ROUTING_MISDIRECTED', status: 421 })
  await assert.rejects(begin('order.0a0a0a0a', 'tenant-a'), { code: 'ROUTING_MISDIRECTED' })
  await assert.rejects(begin('order.pool', 'tenant-s'), { code: 'TENANT_SUSPENDED', status: 403 })
  await assert.rejects(begin('order.pool', 'nobody'), { code: 'TENANT_UNKNOWN' })
  for (const reason of ['', 'two\nlines', 'x'.repeat(201)]) {
    await assert.rejects(begin('order.pool', 'tenant-a', reason), { code: 'TOKEN_REQUEST_INVALID' })
  }
  assert.equal(records.length, before)
})

test('the tenants to work for are the active ones of a deployment that was granted work', async () => {
  assert.deepEqual(await clientOf('order.pool').tenantsOfWork(), ['tenant-a'])
  assert.deepEqual(await clientOf('order.0a0a0a0a').tenantsOfWork(), ['tenant-c'])
  await assert.rejects(clientOf('web.pool').tenantsOfWork(), { code: 'EXCHANGE_REFUSED' })
})

test('a service that was granted central work gets a key of its own for it, which names no tenant, and it is on record', async () => {
  const { txn, ...key } = await clientOf('web.pool').centralKey({ audience, reason: 'monthly usage' })
  const { expiresAtMs } = key
  const claims = { role: 'r_central', tenant: '*', kid: 3, expiresAtMs }
  const expected = deriveTenantKey(deriveDatabaseKey(master, 'd', 3), claims)
  assert.deepEqual(key, { ...claims, database: 'd', key: expected })
  assert.ok(expiresAtMs <= Date.now() + 60_000)
  assert.deepEqual(centralRecords.at(-1), {
    workload: 'web.pool',
    database: 'd',
    reason: 'monthly usage',
    txn,
  })
})

test('central work is refused to a service that was not granted it, without a reason, and off the record', async () => {
  const before = centralRecords.length
  const ask = (workload: string, reason = 'x') => clientOf(workload).centralKey({ audience, reason })
  for (const other of ['order.pool', 'gateway', 'relay', 'control-plane']) {
    await assert.rejects(ask(other), { code: 'EXCHANGE_REFUSED', status: 403 })
  }
  for (const reason of ['', 'two\nlines', 'x'.repeat(201), undefined as never, 7 as never]) {
    await assert.rejects(clientOf('web.pool').centralKey({ audience, reason }), {
      code: 'TOKEN_REQUEST_INVALID',
    })
  }
  await assert.rejects(ask('web.pool', unrecordable), { code: 'INTERNAL' })
  await assert.rejects(clientOf('web.pool').mintForWork('tenant-a', { audience, reason: 'x' }), {
    code: 'EXCHANGE_REFUSED',
  })
  assert.equal(centralRecords.length, before)
})

test('no transaction token, and no tenant of a caller’s choice, becomes a key for every tenant', async () => {
  const access = await issuer.sign()
  const token = await clientOf('web.pool').mintForAccessToken(access, { audience, txn: 't' })
  assert.equal((await clientOf('web.pool').tenantKey(token, { audience })).tenant, 'tenant-a')
  await assert.rejects(clientOf('order.pool').mintForWork('*', { audience, reason: 'x' }), {
    code: 'TOKEN_REQUEST_INVALID',
  })
})

test('another workload’s word is no subject token for work', async () => {
  const [own, others] = [
    credentialOf('order.pool')('token-service'),
    credentialOf('web.pool')('token-service'),
  ]
  const ask = async (subject: string) => {
    const call = request({ socketPath, method: 'POST', path: '/token' })
    const form = {
      client_assertion_type: clientAssertionType,
      client_assertion: own,
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
    answer.resume()
    return answer.statusCode
  }
  assert.equal(await ask(own), 200)
  assert.equal(await ask(others), 400)
  assert.equal(await ask('nonsense'), 401)
})

test('errors and answers are in the form of RFC 6749 and RFC 8693, and what is missing, doubled or of another purpose is refused', async () => {
  const good = async () => ({
    client_assertion_type: clientAssertionType,
    client_assertion: credentialOf('gateway')('token-service'),
    grant_type: tokenExchangeGrant,
    subject_token: await issuer.sign(),
    subject_token_type: tokenTypes.accessToken,
    requested_token_type: tokenTypes.transactionToken,
    audience,
    scope: 'request',
  })
  const ask = async (form: [string, string][]) => {
    const call = request({ socketPath, method: 'POST', path: '/token' })
    call.end(new URLSearchParams(form).toString())
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    const body = (await json(answer)) as Record<string, unknown>
    return { ...body, status: answer.statusCode, cache: answer.headers['cache-control'] } as Record<
      string,
      unknown
    >
  }
  const form = Object.entries(await good())
  const answer = await ask(form)
  assert.deepEqual(Object.keys(answer).sort(), [
    ...['access_token', 'cache', 'expires_in', 'issued_token_type', 'status', 'token_type'],
  ])
  assert.deepEqual(
    [answer.status, answer.cache, answer.token_type, answer.issued_token_type],
    [200, 'no-store', 'N_A', tokenTypes.transactionToken],
  )
  for (const [name, value, error, status] of [
    ['scope', 'work', 'invalid_scope', 400],
    ['scope', 'request admin', 'invalid_scope', 400],
    ['audience', 'elsewhere', 'invalid_request', 400],
    ['grant_type', 'client_credentials', 'invalid_request', 400],
    ['requested_token_type', 'urn:ietf:params:oauth:token-type:refresh_token', 'unauthorized_client', 400],
    ['subject_token_type', 'urn:ietf:params:oauth:token-type:refresh_token', 'unauthorized_client', 400],
    ['client_assertion', 'x', 'invalid_client', 401],
    ['subject_token', 'x', 'invalid_grant', 400],
  ] as const) {
    const changed = form.map(([key, old]): [string, string] => [key, key === name ? value : old])
    const refused = await ask(changed)
    assert.deepEqual([refused.error, refused.status], [error, status], `${name}=${value}`)
    assert.deepEqual(Object.keys(refused).includes('access_token'), false)
  }
  for (const [name = ''] of form) {
    const doubled: [string, string][] = [...form, [name, 'again']]
    for (const spoiled of [form.filter(([key]) => key !== name), doubled]) {
      const { status } = await ask(spoiled)
      assert.ok(status === 400 || status === 401, name)
    }
  }
})

test('a service learns who calls it from those alone that may: the gateway, the relay, services that declare it', async () => {
  const ask = (deployment: string, caller: string, service = deployment.replace(/\..*/, '')) =>
    clientOf(deployment).caller(credentialOf(caller)(serviceAudience(service)))
  const refused = { code: 'CALLER_REFUSED', status: 403 }
  const { expiresAtMs, ...web } = await ask('order.pool', 'web.0a0a0a0a')
  assert.deepEqual(web, { workload: 'web.0a0a0a0a', tenant: 'tenant-c' })
  assert.ok(expiresAtMs > Date.now() && expiresAtMs <= Date.now() + 600_000)
  assert.equal((await ask('order.pool', 'web.pool')).tenant, null)
  // It subscribes, and has no routes; the other has routes, and does not subscribe.
  assert.equal((await ask('order.pool', 'relay')).workload, 'relay')
  await assert.rejects(ask('order.pool', 'gateway'), refused)
  assert.equal((await ask('web.pool', 'gateway')).workload, 'gateway')
  for (const caller of ['relay', 'order.pool', 'web.0a0a0a0a', 'control-plane', 'nobody']) {
    await assert.rejects(ask('web.pool', caller), refused)
  }
  await assert.rejects(ask('order.pool', 'order.0a0a0a0a'), refused)
  // A credential for another service, or for the platform, is none for this one, whoever it is of.
  await assert.rejects(ask('order.pool', 'web.pool', 'web'), refused)
  const forUs = credentialOf('web.pool')('token-service')
  await assert.rejects(clientOf('order.pool').caller(forUs), refused)
  await assert.rejects(clientOf('order.pool').caller('nonsense'), refused)
  for (const workload of ['gateway', 'relay', 'control-plane']) {
    await assert.rejects(ask(workload, 'web.pool'), { code: 'TOKEN_REQUEST_INVALID' })
  }
})
