import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { RunningGateway, until } from '../../test/running-gateway.ts'

// The gateway before one service, with every kind of resolver. The test is a proxy that is trusted.
let gateway: RunningGateway
const seen: IncomingMessage[] = []
const chosen: (string | undefined)[] = []

before(async () => {
  gateway = await RunningGateway.start({
    resolvers: [
      { by: 'host', pattern: '<tenant>.shop.example', domains: { 'acme.example': 'tenant-a' } },
      { by: 'path', prefix: '/t' },
      { by: 'header', name: 'x-tenant', trustedProxies: ['127.0.0.1'] },
    ],
  })
  gateway.mint = async (_token, { activeTenant }) => {
    chosen.push(activeTenant)
    return 'the.transaction.token'
  }
  await gateway.serve((request, response) => {
    seen.push(request)
    response.end(request.url)
  })
})
after(() => gateway.close())
beforeEach(() => {
  seen.length = 0
  chosen.length = 0
})

/** Sends a request with a token for `tenant`, as bytes, and returns status and code, or status and what the service says. */
async function ask(
  tenant: string | string[],
  { host = 'localhost', target = '/orders', headers = [] as string[] },
): Promise<string> {
  const token = await gateway.token({ claims: { tenant } })
  const { socket, received } = await gateway.open(`GET ${target}`, [...headers, 'Connection: close'], '', {
    host,
    token,
  })
  await until(() => socket.destroyed || socket.readableEnded)
  const [, status, body = ''] = /^HTTP\/1\.1 (\d+)[\s\S]*?\r\n\r\n([\s\S]*)$/.exec(received()) ?? []
  const code = /"code":"(\w+)"/.exec(body)?.[1]
  assert.doesNotMatch(code ? body : '', /tenant-[a-z]\b/)
  return `${status} ${code ?? seen.at(-1)?.url}`
}

test('a token of the address’s tenant is let in, however the address is spelt', async () => {
  for (const [tenant, where] of [
    ['tenant-b', { host: 'tenant-b.shop.example' }],
    ['tenant-b', { host: 'TENANT-B.Shop.example.:8080' }],
    ['tenant-a', { host: 'acme.example' }],
    ['tenant-b', { headers: ['X-Tenant: tenant-b'] }],
    ['tenant-b', { target: '/t/tenant-b/orders' }],
    [
      'tenant-b',
      { host: 'tenant-b.shop.example', target: '/t/tenant-b/orders', headers: ['x-tenant: tenant-b'] },
    ],
    // An address of nobody's: the token alone decides.
    ['tenant-b', {}],
  ] as const) {
    assert.equal(
      await ask(tenant, { ...where, headers: [...('headers' in where ? where.headers : [])] }),
      '200 /orders',
    )
  }
})

test('no header that names a tenant reaches the service', async () => {
  await ask('tenant-b', { headers: ['x-tenant: tenant-b'] })
  assert.equal(seen[0]?.headers['x-tenant'], undefined)
})

test('a token of one tenant at another’s address is refused, whether that one is there or not', async () => {
  for (const where of [
    { host: 'tenant-b.shop.example' },
    { host: 'tenant-s.shop.example' },
    { host: 'nobody.shop.example' },
    { target: '/t/tenant-b/orders' },
    { headers: ['x-tenant: tenant-b'] },
    { host: 'acme.example', target: '/t/tenant-b/orders' },
    { host: 'tenant-a.shop.example', headers: ['x-tenant: tenant-b'] },
  ])
    assert.equal(await ask('tenant-a', where), '403 TENANT_MISMATCH')
  assert.deepEqual([seen.length, chosen], [0, []])
})

test('a user of several tenants chooses one by the address, and the token service is told', async () => {
  const both = ['tenant-a', 'tenant-b']
  assert.equal(await ask(both, {}), '400 TENANT_CHOICE_MISSING')
  assert.equal(await ask(both, { host: 'tenant-b.shop.example' }), '200 /orders')
  assert.equal(await ask(both, { target: '/t/tenant-a/orders' }), '200 /orders')
  assert.equal(
    await ask(both, { host: 'acme.example', headers: ['Tenantry-Active-Tenant: tenant-a'] }),
    '200 /orders',
  )
  assert.deepEqual(chosen, ['tenant-b', 'tenant-a', 'tenant-a'])
  assert.equal(await ask(both, { host: 'tenant-c.shop.example' }), '403 TENANT_MISMATCH')
  assert.equal(
    await ask(both, { host: 'tenant-b.shop.example', headers: ['Tenantry-Active-Tenant: tenant-a'] }),
    '403 TENANT_MISMATCH',
  )
  assert.equal(
    await ask(both, { headers: ['Tenantry-Active-Tenant: tenant-c'] }),
    '403 TENANT_CHOICE_REFUSED',
  )
})

test('an address is nothing without a token', async () => {
  const { status } = await fetch(`${gateway.origin}/t/tenant-b/orders`)
  assert.equal(status, 401)
})

test('an address in another than its plain form is refused, also with a token that is good for it', async () => {
  for (const where of [
    { host: '%74enant-b.shop.example' },
    { host: 'tenant-b.shop.example..' },
    { host: 'tenant-b.shop.example:' },
    { host: 'xn--tenant-b.shop.example' },
    { host: 'tenant-b.shop.example,tenant-b.shop.example' },
    { host: 'tenant-b.shop.example', headers: ['Host: tenant-b.shop.example'] },
    { target: 'http://tenant-b.shop.example/orders' },
    { target: '/t/Tenant-b/orders' },
    { target: '/t/%74enant-b/orders' },
    { target: '/t/tenant-b/../tenant-b/orders' },
    { headers: ['x-tenant: tenant-b', 'X-Tenant: tenant-b'] },
    { headers: ['x_tenant: tenant-b'] },
  ])
    assert.match(
      await ask('tenant-b', where),
      /^400 (REQUEST_AMBIGUOUS|REQUEST_MALFORMED)$/,
      JSON.stringify(where),
    )
  assert.equal(seen.length, 0)
})

test('what an ingress says of the host is not asked', async () => {
  const headers = ['X-Forwarded-Host: tenant-b.shop.example', 'Forwarded: host=tenant-b.shop.example']
  assert.equal(await ask('tenant-a', { headers }), '200 /orders')
})
