import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig, type TenantryConfigInput } from '../config.ts'
import { ingressAtPort } from '../ingress-config.ts'

const read = (resolvers: unknown, more: object = {}) =>
  readConfig({
    trustDomain: 'shop.example',
    identity: {
      issuer: 'https://id.example.com',
      audience: 'shop',
      claims: { tenant: 'tenant', role: 'role' },
    },
    resolvers: resolvers as NonNullable<TenantryConfigInput['resolvers']>,
    tiers: { basic: { placement: 'pool' } },
    services: { order: { entry: 'order.ts', routes: ['/orders'] } },
    ...more,
  })
const refuses = (resolver: object, message: RegExp) =>
  assert.throws(() => read([resolver]), { code: 'CONFIG_INVALID', message })

test('without a word there is no resolver and no endpoint for ingresses', () => {
  const { resolvers, ingress } = read(undefined)
  assert.deepEqual([resolvers, ingress], [[], undefined])
  assert.deepEqual(ingressAtPort(9000), { port: 9000, host: '127.0.0.1', from: ['127.0.0.1', '::1'] })
  assert.deepEqual(read([], { ingress: {} }).ingress, {
    port: 8070,
    host: '127.0.0.1',
    from: ['127.0.0.1', '::1'],
  })
})

test('resolvers are a list in order, and what was read may be read again', () => {
  const { resolvers } = read([
    { by: 'path', prefix: '/t' },
    { by: 'host', pattern: '<tenant>.shop.example', domains: { 'acme.example': 'tenant-a' } },
    { by: 'header', name: 'x-tenant-id', trustedProxies: ['10.0.0.0/8', '::1'] },
  ])
  assert.deepEqual(
    resolvers.map(({ by }) => by),
    ['path', 'host', 'header'],
  )
  assert.deepEqual(read(JSON.parse(JSON.stringify(resolvers))).resolvers, resolvers)
})

test('each fault is named by its path', () => {
  refuses({ by: 'cookie' }, /`resolvers\.0/)
  refuses({ by: 'host' }, /`resolvers\.0`: give it a `pattern` or `domains`/)
  for (const pattern of [
    'shop.example',
    '*.shop.example',
    '<tenant>',
    'x-<tenant>.shop.example',
    '<tenant>.Shop.example',
    '<tenant>.',
  ])
    refuses({ by: 'host', pattern }, /`resolvers\.0\.pattern`/)
  for (const domain of [
    'Acme.example',
    'acme.example:443',
    'bücher.example',
    'acme.example.',
    '*.acme.example',
  ])
    refuses({ by: 'host', domains: { [domain]: 'tenant-a' } }, /`resolvers\.0\.domains\./)
  refuses({ by: 'host', domains: { 'acme.example': 'Acme' } }, /`resolvers\.0\.domains\.acme\.example`/)
  const pattern = '<tenant>.shop.example'
  refuses({ by: 'host', pattern, domains: { 'a.shop.example': 'tenant-b' } }, /says already whose it is/)
  refuses({ by: 'host', pattern, shared: ['api.example'] }, /`resolvers\.0\.shared`: `api.example`/)
  refuses({ by: 'path', prefix: '/orders' }, /`resolvers\.0\.prefix`: `\/orders` already goes to `order`/)
  for (const prefix of ['/', 't', '/t/', '/T', '/a/b'])
    refuses({ by: 'path', prefix }, /`resolvers\.0\.prefix`/)
  const trustedProxies = ['10.0.0.0/8']
  for (const name of ['authorization', 'X-Tenant', 'x_tenant', 'x-org'])
    refuses({ by: 'header', name, trustedProxies }, /`resolvers\.0\.name`/)
  refuses({ by: 'header', name: 'x-tenant', trustedProxies: [] }, /`resolvers\.0\.trustedProxies`/)
  refuses({ by: 'header', name: 'x-tenant', trustedProxies: ['proxy'] }, /`resolvers\.0\.trustedProxies\.0`/)
})
