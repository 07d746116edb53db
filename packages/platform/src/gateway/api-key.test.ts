import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { generateApiKey, hashApiKey } from '@tenantry/routing'
import { RunningGateway, until } from '../../test/running-gateway.ts'

// Two gateways that differ in where a key is brought; what mints is the token service's own suite's business.
const key = generateApiKey()
const ofB = generateApiKey()
const expired = generateApiKey()
const suspended = generateApiKey()
const seen: IncomingMessage[] = []
const minted: unknown[] = []
let gateway: RunningGateway
let ownHeader: RunningGateway
let without: RunningGateway

before(async () => {
  const resolvers = [{ by: 'host', pattern: '<tenant>.shop.example' }] as const
  ;[gateway, ownHeader, without] = await Promise.all([
    RunningGateway.start({ resolvers: [...resolvers], apiKeys: {} }),
    RunningGateway.start({ resolvers: [...resolvers], apiKeys: { header: 'x-api-key' } }),
    RunningGateway.start({ resolvers: [...resolvers] }),
  ])
  for (const one of [gateway, ownHeader, without]) {
    one.mintForApiKey = async (...asked) => {
      minted.push(asked)
      return 'the.transaction.token'
    }
    await one.serve((request, response) => {
      seen.push(request)
      response.end()
    })
    tellKeys(one)
  }
})
after(() => Promise.all([gateway, ownHeader, without].map((one) => one.close())))
beforeEach(() => {
  seen.length = 0
  minted.length = 0
})

function tellKeys({ directory }: RunningGateway): void {
  const tell = (id: string, text: string, tenant: string, expiresAtMs: number | null = null) =>
    directory.apply({
      type: 'api-key',
      apiKey: { id, hash: hashApiKey(text), tenant, role: 'buyer', expiresAtMs },
    })
  tell('a', key, 'tenant-a')
  tell('b', ofB, 'tenant-b')
  tell('e', expired, 'tenant-a', Date.now() - 1)
  tell('s', suspended, 'tenant-s')
}

/** Sends a request as bytes, with these headers and no other, and returns status and code. */
async function ask(
  to: RunningGateway,
  headers: string[],
  { host = 'localhost', target = '/orders' } = {},
): Promise<string> {
  const { socket, received } = await to.sendRaw([
    `GET ${target} HTTP/1.1`,
    `Host: ${host}`,
    ...headers,
    'Connection: close',
  ])
  await until(() => socket.destroyed || socket.readableEnded)
  const answer = received()
  assert.doesNotMatch(answer, /tk_/, 'no answer has a key in it')
  return [/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1], /"code":"(\w+)"/.exec(answer)?.[1]].filter(Boolean).join(' ')
}
const bearer = (text: string) => `Authorization: Bearer ${text}`

test('a key is let in for its tenant, at its own address and at nobody’s, and its transaction is asked for with it', async () => {
  assert.equal(await ask(gateway, [bearer(key)]), '200')
  assert.equal(await ask(gateway, [bearer(key)], { host: 'tenant-a.shop.example' }), '200')
  const [text, { activeTenant }] = minted[1] as [string, { activeTenant?: string }]
  assert.deepEqual([text, activeTenant], [key, 'tenant-a'])
  assert.equal(await ask(ownHeader, [`X-Api-Key: ${key}`]), '200')
})

test('no service is sent a key, in whichever header', async () => {
  await ask(gateway, [bearer(key)])
  await ask(ownHeader, [`X-Api-Key: ${key}`])
  assert.equal(seen.length, 2)
  for (const { rawHeaders } of seen)
    assert.ok(!rawHeaders.some((text) => text.includes('tk_')), rawHeaders.join())
})

test('a key of one tenant is no good at another’s address, nor for another that it chooses', async () => {
  assert.equal(await ask(gateway, [bearer(key)], { host: 'tenant-b.shop.example' }), '403 TENANT_MISMATCH')
  assert.equal(await ask(gateway, [bearer(ofB)], { host: 'tenant-a.shop.example' }), '403 TENANT_MISMATCH')
  assert.equal(await ask(gateway, [bearer(key)], { host: 'nobody.shop.example' }), '403 TENANT_MISMATCH')
  assert.equal(
    await ask(gateway, [bearer(key), 'Tenantry-Active-Tenant: tenant-b']),
    '403 TENANT_CHOICE_REFUSED',
  )
  assert.equal(await ask(gateway, [bearer(key), 'Tenantry-Active-Tenant: tenant-a']), '200')
})

test('an unknown, malformed, expired or revoked key is 401 with one code and one text', async () => {
  const revoked = generateApiKey()
  const { directory } = gateway
  directory.apply({
    type: 'api-key',
    apiKey: { id: 'r', hash: hashApiKey(revoked), tenant: 'tenant-a', role: null, expiresAtMs: null },
  })
  assert.equal(await ask(gateway, [bearer(revoked)]), '200')
  directory.apply({ type: 'api-key-revoked', id: 'r' })
  const texts = new Set<string>()
  for (const bad of [
    revoked,
    expired,
    generateApiKey(),
    'tk_',
    `${key}A`,
    key.slice(0, -1),
    `tk_${hashApiKey(key)}`,
  ]) {
    const answer = await fetch(`${gateway.origin}/orders`, { headers: { authorization: `Bearer ${bad}` } })
    const { code, message } = (await answer.json()) as Record<string, string>
    assert.equal(answer.status, 401, bad)
    texts.add(`${code} ${message}`)
  }
  assert.deepEqual([...texts], ['API_KEY_INVALID the API key is not valid'])
  assert.equal(minted.length, 1)
})

test('a suspended tenant’s key is refused as its tokens are', async () => {
  assert.equal(await ask(gateway, [bearer(suspended)]), '403 TENANT_SUSPENDED')
})

test('a key in the query string, in the path, in another scheme or in a cookie is none', async () => {
  for (const target of [`/orders?api_key=${key}`, `/orders?access_token=${key}`, `/orders/${key}`])
    assert.equal(await ask(gateway, [], { target }), '401 ACCESS_TOKEN_MISSING')
  for (const header of [
    `Authorization: ${key}`,
    `Authorization: Basic ${Buffer.from(`${key}:`).toString('base64')}`,
    `Cookie: key=${key}`,
  ])
    assert.equal(await ask(gateway, [header]), '401 ACCESS_TOKEN_MISSING')
  assert.deepEqual(seen, [])
})

test('two keys, a key and a token, both headers and look-alikes are ambiguous, also where each is good', async () => {
  const token = await gateway.token({ claims: { tenant: 'tenant-a' } })
  for (const [to, headers] of [
    [gateway, [bearer(key), bearer(key)]],
    [gateway, [bearer(key), bearer(token)]],
    [gateway, [bearer(token), `X-Api-Key: ${key}`]],
    [gateway, [bearer(key), `X-Api-Key: ${key}`]],
    [gateway, [bearer(key), `X_Api_Key: ${key}`]],
    [ownHeader, [`X-Api-Key: ${key}`, `X-Api-Key: ${key}`]],
    [ownHeader, [`X-Api-Key: ${key}`, `x-api-key: ${ofB}`]],
    [ownHeader, [`X-Api-Key: ${key}`, bearer(await ownHeader.token({ claims: { tenant: 'tenant-a' } }))]],
    [ownHeader, [`X-Api-Key: ${key}`, 'Authorization: Basic eDp5']],
    [ownHeader, [`X.Api.Key: ${key}`]],
  ] as const)
    assert.equal(await ask(to, [...headers]), '400 REQUEST_AMBIGUOUS', headers.join(' + '))
  assert.deepEqual(seen, [])
})

test('a key is taken from the configured header alone, and nowhere where none are declared', async () => {
  assert.equal(await ask(gateway, [`X-Api-Key: ${key}`]), '401 ACCESS_TOKEN_MISSING')
  assert.equal(await ask(ownHeader, [bearer(key)]), '401 ACCESS_TOKEN_INVALID')
  assert.equal(await ask(without, [bearer(key)]), '401 ACCESS_TOKEN_INVALID')
  assert.equal(await ask(without, [`X-Api-Key: ${key}`]), '401 ACCESS_TOKEN_MISSING')
  // Tokens go on as before, beside keys.
  for (const one of [gateway, ownHeader, without])
    assert.equal(await ask(one, [bearer(await one.token({ claims: { tenant: 'tenant-a' } }))]), '200')
})

test('neither the log nor what is kept of requests has a key or its hash, and both name no key that was wrong', async () => {
  await ask(gateway, [bearer(key)])
  await ask(gateway, [bearer(expired)])
  await until(() => gateway.lines.length >= 2)
  const hops = gateway.lines.flatMap((line) => gateway.hops.find([JSON.parse(line).request_id]).hops)
  const written = gateway.lines.join('') + JSON.stringify(hops)
  for (const secret of ['tk_', hashApiKey(key), hashApiKey(expired)]) assert.ok(!written.includes(secret))
  assert.ok(JSON.stringify(hops).includes('urn:tenantry:api-key:a'))
})
