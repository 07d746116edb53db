import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  createCallerVerifier,
  createTokenServiceClient,
  createTokenVerifier,
  createWorkloadCredential,
  generateSigningJwk,
} from '@tenantry/context'
import { TestPlatform } from '../../test/test-platform.ts'
import { createAccessTokenDoor } from '../runtime/access-token-door.ts'
import { admitRequest } from './admit-request.ts'

const platform = await TestPlatform.start()
const document = platform.document()
const { workload, trustDomain: audience } = document
const client = createTokenServiceClient({
  socketPath: platform.tokenServiceSocket,
  credential: createWorkloadCredential(document),
})
const verifier = createTokenVerifier({ client, audience })
const callers = createCallerVerifier({ client })
after(() => platform.stop())
beforeEach(() => {
  platform.exchanged.length = 0
  platform.tokenLifetimeS = 60
})

const open = (tenant: string | null = null) => ({
  verifier,
  callers,
  accessTokens: createAccessTokenDoor({ client, verifier, audience }),
  document: { tenant },
})
const closed = { verifier, callers, accessTokens: undefined, document: { tenant: null } }
const bearer = (tenant: string | string[]) => ['Authorization', `Bearer ${platform.accessToken(tenant)}`]
const transaction = (tenant: string) => [
  'Txn-Token',
  platform.token(tenant),
  ...Object.entries(platform.caller()).flat(),
]
const contextOf = async (...request: Parameters<typeof admitRequest>) =>
  (await admitRequest(...request)).context
const refuses = (
  runtime: Parameters<typeof admitRequest>[0],
  headers: string[],
  code: string,
  status: number,
) => assert.rejects(contextOf(runtime, headers), { code, status })

test('an access token gives the same context that a transaction token gives, with one of its own', async () => {
  const context = await contextOf(open(), ['Host', 'shop', ...bearer('tenant-a')])
  assert.deepEqual(
    { tenant: context.tenant, user: context.user, workload: context.workload },
    { tenant: { id: 'tenant-a', tier: 'basic' }, user: { id: 'user-1', role: 'buyer' }, workload },
  )
  assert.deepEqual(await verifier.verify(context.token), context)
})

test('requests with one access token share what it was exchanged for, also when they come at once', async () => {
  const runtime = open()
  const headers = bearer('tenant-a')
  const contexts = await Promise.all(Array.from({ length: 20 }, () => contextOf(runtime, headers)))
  contexts.push(await contextOf(runtime, headers))
  assert.equal(new Set(contexts).size, 1)
  assert.deepEqual(platform.exchanged, ['tenant-a'])
})

test('a token that ends within 15 s is not used again', async () => {
  const runtime = open()
  const headers = bearer('tenant-a')
  platform.tokenLifetimeS = 15
  await contextOf(runtime, headers)
  await contextOf(runtime, headers)
  assert.deepEqual(platform.exchanged, ['tenant-a', 'tenant-a'])
})

test('a suspended tenant is refused within 3 s, and at once where its token was not seen before', async () => {
  const runtime = open()
  const headers = bearer('tenant-s')
  await contextOf(runtime, headers)
  platform.suspended.add('tenant-s')
  await refuses(open(), headers, 'TENANT_SUSPENDED', 403)
  await delay(3_010)
  await refuses(runtime, headers, 'TENANT_SUSPENDED', 403)
  platform.suspended.delete('tenant-s')
  assert.equal((await contextOf(runtime, headers)).tenant.id, 'tenant-s')
})

test('of several tenants the header chooses one, and what was opened for one is not given for another', async () => {
  const runtime = open()
  const headers = bearer(['tenant-a', 'tenant-b'])
  const choose = (tenant: string) => contextOf(runtime, [...headers, 'Tenantry-Active-Tenant', tenant])
  for (const tenant of ['tenant-a', 'tenant-b', 'tenant-a'])
    assert.equal((await choose(tenant)).tenant.id, tenant)
  assert.deepEqual(platform.exchanged, ['tenant-a', 'tenant-b'])
  await refuses(runtime, headers, 'TENANT_CHOICE_MISSING', 400)
  await assert.rejects(choose('tenant-c'), { code: 'TENANT_CHOICE_REFUSED', status: 403 })
  const twice = ['Tenantry-Active-Tenant', 'tenant-a', 'tenantry-active-tenant', 'tenant-b']
  await refuses(runtime, [...headers, ...twice], 'REQUEST_AMBIGUOUS', 400)
})

test('a transaction token beside `authorization` is refused, also when both are good', async () => {
  const runtime = open()
  for (const authorization of [bearer('tenant-a'), bearer('tenant-b'), ['authorization', 'Basic eDp5']]) {
    await refuses(runtime, [...transaction('tenant-a'), ...authorization], 'REQUEST_AMBIGUOUS', 400)
    await refuses(runtime, [...authorization, 'TXN-TOKEN', 'x'], 'REQUEST_AMBIGUOUS', 400)
  }
  assert.deepEqual(platform.exchanged, [])
  assert.equal((await contextOf(runtime, transaction('tenant-a'))).tenant.id, 'tenant-a')
})

test('a header alone, two of one, another scheme or a forged token let nobody in', async () => {
  const runtime = open()
  await refuses(runtime, [], 'ACCESS_TOKEN_MISSING', 401)
  await refuses(runtime, ['Tenantry-Active-Tenant', 'tenant-a'], 'ACCESS_TOKEN_MISSING', 401)
  for (const value of ['', 'Bearer', 'Bearer ', 'Basic eDp5', 'Bearer a b', 'Bearer x\n'])
    await refuses(runtime, ['Authorization', value], 'ACCESS_TOKEN_MISSING', 401)
  await refuses(runtime, [...bearer('tenant-a'), ...bearer('tenant-b')], 'REQUEST_AMBIGUOUS', 400)
  await refuses(runtime, [...transaction('tenant-a'), ...transaction('tenant-a')], 'TOKEN_MISSING', 401)
  const forged = platform.accessToken('tenant-a', generateSigningJwk())
  await assert.rejects(contextOf(runtime, ['Authorization', `Bearer ${forged}`]), { status: 401 })
  // One that a service was given is no access token (attack 26).
  const [, minted = ''] = transaction('tenant-a')
  await assert.rejects(contextOf(runtime, ['Authorization', `Bearer ${minted}`]), { status: 401 })
})

test('a service that does not accept access tokens looks at transaction tokens alone', async () => {
  await refuses(closed, bearer('tenant-a'), 'TOKEN_MISSING', 401)
  const both = [...transaction('tenant-a'), ...bearer('tenant-b')]
  assert.equal((await contextOf(closed, both)).tenant.id, 'tenant-a')
  assert.deepEqual(platform.exchanged, [])
})

test('a silo refuses every other tenant, by whichever token it comes', async () => {
  const silo = open('tenant-c')
  await refuses(silo, bearer('tenant-a'), 'ROUTING_MISDIRECTED', 421)
  await refuses(silo, transaction('tenant-a'), 'ROUTING_MISDIRECTED', 421)
  assert.equal((await contextOf(silo, bearer('tenant-c'))).tenant.id, 'tenant-c')
})

test('while the token service is away nobody new comes in, and that is 503', async () => {
  const away = createTokenServiceClient({ socketPath: '/nowhere/tokens.sock', credential: () => 'x' })
  const door = createAccessTokenDoor({ client: away, verifier, audience })
  await refuses({ ...closed, accessTokens: door }, bearer('tenant-a'), 'TOKEN_SERVICE_DOWN', 503)
})

test('a transaction token is not enough: a caller that may call the service has to bring it', async () => {
  const token = ['Txn-Token', platform.token('tenant-a')]
  const caller = (...options: Parameters<typeof platform.caller>) =>
    Object.entries(platform.caller(...options)).flat()
  for (const runtime of [open(), closed]) {
    assert.equal((await contextOf(runtime, [...token, ...caller()])).tenant.id, 'tenant-a')
    const twice = [...caller(), ...caller()]
    const others = [
      ...[[], twice, ['Tenantry-Caller', ''], ['Tenantry-Caller', 'x']],
      // Those of another service, of a workload that is not known, and in another's name.
      ...[
        caller('product'),
        caller('note', { jwk: generateSigningJwk() }),
        caller('note', { workload: 'order.pool' }),
      ],
    ]
    for (const headers of others) await refuses(runtime, [...token, ...headers], 'CALLER_REFUSED', 403)
  }
})

test('who brings an access token need be no caller of ours', async () => {
  assert.equal((await contextOf(open(), bearer('tenant-a'))).tenant.id, 'tenant-a')
})

test('a token that is not valid is told as that, whoever brings it', async () => {
  await refuses(closed, ['Txn-Token', 'forged'], 'TOKEN_MALFORMED', 401)
  await refuses(closed, [], 'TOKEN_MISSING', 401)
})
