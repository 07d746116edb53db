import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createResolverChain } from './resolver-chain.ts'
import { type ResolverConfig, resolversSchema } from './resolvers-config.ts'

const declare = (...resolvers: object[]): ResolverConfig[] => resolversSchema.parse(resolvers)
const byHost = {
  by: 'host',
  pattern: '<tenant>.shop.example',
  domains: { 'shop.acme.example': 'tenant-a' },
  shared: ['api.shop.example'],
}
const byPath = { by: 'path', prefix: '/t' }
const byHeader = { by: 'header', name: 'x-tenant', trustedProxies: ['10.0.0.0/8'] }
const chain = createResolverChain(declare(byHost, byPath, byHeader))

function resolve({
  host = 'shop.example',
  target = '/orders',
  tenant = [] as string[],
  peerAddress = '10.0.0.7',
}) {
  return chain({ host, target, peerAddress, header: (name) => (name === 'x-tenant' ? tenant : []) })
}
const tenantOf = (of: Parameters<typeof resolve>[0]) => resolve(of).tenant
const ambiguous = { code: 'REQUEST_AMBIGUOUS', status: 400 }

test('a subdomain and a domain of its own are a tenant’s, in any spelling of theirs', () => {
  for (const host of ['tenant-b.shop.example', 'TENANT-B.shop.example:8080', 'tenant-b.shop.example.'])
    assert.equal(tenantOf({ host }), 'tenant-b')
  assert.equal(tenantOf({ host: 'Shop.ACME.example:443' }), 'tenant-a')
})

test('other hosts, and shared ones, are nobody’s', () => {
  for (const host of [
    'shop.example',
    'api.shop.example',
    'API.shop.example.',
    'localhost:8080',
    'tenant-bshop.example',
    '10.1.2.3',
  ])
    assert.equal(tenantOf({ host }), undefined, host)
})

test('a name under the tenants’ domain that is no tenant’s, or no plain one, is ambiguous', () => {
  for (const host of [
    ...['a.b.shop.example', 'xn--tenant-b.shop.example', 'tenant--b.shop.example', 'tenant_b.shop.example'],
    ...[
      '%74enant-b.shop.example',
      'tenant-b.shop.example..',
      'tenant-b.shop.example:',
      '\u212a.shop.example',
      '',
    ],
    ...[`${'a'.repeat(41)}.shop.example`],
  ])
    assert.throws(() => tenantOf({ host }), ambiguous, host)
})

test('a path names its tenant once, and is routed without it', () => {
  const paths = {
    '/t/tenant-b/orders/1?x=/t/y': '/orders/1?x=/t/y',
    '/t/tenant-b': '/',
    '/t/tenant-b?x': '/?x',
    '/t/tenant-b/': '/',
  }
  for (const [target, routed] of Object.entries(paths))
    assert.deepEqual(resolve({ target }), { tenant: 'tenant-b', target: routed, by: ['path'] })
  assert.equal(resolve({ target: '/t/tenant-b/t/tenant-a/x' }).target, '/t/tenant-a/x')
  for (const target of ['/orders', '/tea/tenant-b', '/T/tenant-b', '/%74/tenant-b', '/orders?/t/tenant-b'])
    assert.deepEqual(resolve({ target }), { tenant: undefined, target, by: [] })
})

test('all that found it are told, in their order', () => {
  const everywhere = { host: 'tenant-b.shop.example', target: '/t/tenant-b/x', tenant: ['tenant-b'] }
  assert.deepEqual(resolve(everywhere).by, ['host', 'path', 'header'])
  assert.deepEqual(resolve({ ...everywhere, target: '/x' }).by, ['host', 'header'])
})

test('a path that names a tenant in another than its plain form is ambiguous', () => {
  for (const target of [
    '/t',
    '/t/',
    '/t?x',
    '/t//orders',
    '/t/Tenant-B/x',
    '/t/%74enant-b/x',
    '/t/tenant-b;x/y',
    '/t/tenant-b%2forders',
  ])
    assert.throws(() => resolve({ target }), ambiguous, target)
})

test('a header is read from a trusted proxy, and is as if it were not there from anyone else', () => {
  assert.equal(tenantOf({ tenant: ['tenant-b'] }), 'tenant-b')
  assert.equal(tenantOf({ tenant: ['tenant-b'], peerAddress: '::ffff:10.0.0.7' }), 'tenant-b')
  for (const peerAddress of ['192.0.2.1', '::1', ''])
    assert.equal(tenantOf({ tenant: ['tenant-b'], peerAddress }), undefined)
  for (const tenant of [['tenant-b', 'tenant-b'], ['tenant-b, tenant-a'], ['Tenant-b'], ['']])
    assert.throws(() => tenantOf({ tenant }), ambiguous)
})

test('resolvers that find the same agree, and those that find two tenants refuse, naming neither', () => {
  assert.equal(
    tenantOf({ host: 'tenant-b.shop.example', target: '/t/tenant-b/x', tenant: ['tenant-b'] }),
    'tenant-b',
  )
  for (const of of [
    { host: 'tenant-a.shop.example', target: '/t/tenant-b/x' },
    { target: '/t/tenant-b/x', tenant: ['tenant-a'] },
    { host: 'shop.acme.example', tenant: ['tenant-b'] },
  ])
    assert.throws(
      () => resolve(of),
      (error: Error & { code: string; status: number }) => {
        assert.deepEqual([error.code, error.status], ['TENANT_MISMATCH', 403])
        assert.doesNotMatch(JSON.stringify({ ...error, message: error.message }), /tenant-[ab]/)
        return true
      },
    )
})

test('without resolvers nothing is found, whatever there is', () => {
  const none = createResolverChain([])
  const request = { host: '%', target: '/t/tenant-a/x', peerAddress: '', header: () => ['tenant-a'] }
  assert.deepEqual(none(request), { tenant: undefined, target: '/t/tenant-a/x', by: [] })
})
