import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ofKind, shopManifests, twoSilos } from '../../test/shop-cluster.ts'

interface HttpRouteSpec {
  parentRefs: unknown
  hostnames: unknown
  rules: {
    matches: {
      path: { type: string; value: string }
      headers: { name: string; value: string; type: string }[]
    }[]
    backendRefs: { name: string; port: number }[]
  }[]
}

interface VirtualServiceSpec {
  hosts: unknown
  gateways: unknown
  http: {
    match: { uri: { exact?: string; prefix?: string }; headers: Record<string, { exact: string }> }[]
    route: { destination: { host: string; port: { number: number } } }[]
  }[]
}

function httpRouteSpecs(silos = twoSilos): HttpRouteSpec[] {
  return ofKind(shopManifests({ silos, routing: 'gateway-api' }), 'HTTPRoute').map(
    ({ spec }) => spec as HttpRouteSpec,
  )
}

test('an HTTPRoute sends a deployment’s paths to it, when the header names it', () => {
  const [first] = httpRouteSpecs().filter(({ rules }) => rules[0]?.backendRefs[0]?.name === 'order-3f9c2a71')
  const headers = [{ type: 'Exact', name: 'tenantry-deployment', value: 'order.3f9c2a71' }]
  assert.deepEqual(first, {
    parentRefs: [{ name: 'public', namespace: 'ingress' }],
    hostnames: ['shop.example'],
    rules: [
      {
        matches: [
          { path: { type: 'PathPrefix', value: '/orders' }, headers },
          { path: { type: 'PathPrefix', value: '/baskets' }, headers },
        ],
        backendRefs: [{ name: 'order-3f9c2a71', port: 80 }],
      },
    ],
  })
})

test('every match asks for the header, whose values are deployments', () => {
  const matched = httpRouteSpecs().flatMap(({ rules }) => rules.flatMap(({ matches }) => matches))
  const values = matched.map(({ headers }) => {
    assert.deepEqual(
      [headers.length, headers[0]?.name, headers[0]?.type],
      [1, 'tenantry-deployment', 'Exact'],
    )
    return headers[0]?.value
  })
  const deployments = ['invoice.0a1b2c3d', 'invoice.3f9c2a71', 'order.3f9c2a71', 'product.3f9c2a71']
  const pooled = ['invoice.pool', 'order.pool', 'product.pool']
  assert.deepEqual(new Set(values), new Set([...deployments, ...pooled]))
})

test('a service that is not routed has no route', () => {
  for (const routing of ['gateway-api', 'istio'] as const) {
    const manifests = shopManifests({ silos: twoSilos, routing })
    const routes = [...ofKind(manifests, 'HTTPRoute'), ...ofKind(manifests, 'VirtualService')]
    assert.ok(routes.length > 0)
    assert.doesNotMatch(JSON.stringify(routes), /fulfillment/)
  }
})

test('there are as many routes as routed deployments, and none unless they are asked for', () => {
  assert.equal(httpRouteSpecs([]).length, 3)
  assert.equal(httpRouteSpecs().length, 7)
  for (const kind of ['HTTPRoute', 'VirtualService', 'AuthorizationPolicy', 'PeerAuthentication'])
    assert.deepEqual(ofKind(shopManifests({ silos: twoSilos }), kind), [])
})

test('Istio’s routes match whole segments, as the gateway does', () => {
  const [found, ...more] = ofKind(shopManifests({ silos: twoSilos, routing: 'istio' }), 'VirtualService')
  assert.deepEqual(more, [])
  assert.ok(found)
  const { hosts, gateways, http } = found.spec as VirtualServiceSpec
  assert.deepEqual([hosts, gateways, http.length], [['shop.example'], ['ingress/public'], 7])
  const invoice = http.find(
    ({ match }) => match[0]?.headers['tenantry-deployment']?.exact === 'invoice.0a1b2c3d',
  )
  const headers = { 'tenantry-deployment': { exact: 'invoice.0a1b2c3d' } }
  assert.deepEqual(invoice?.match, [
    { uri: { exact: '/invoices' }, headers },
    { uri: { prefix: '/invoices/' }, headers },
  ])
  assert.deepEqual(invoice?.route, [
    { destination: { host: 'invoice-0a1b2c3d.shop.svc.cluster.local', port: { number: 80 } } },
  ])
})

test('Istio’s ingress asks the authorization endpoint before it routes', () => {
  const policies = ofKind(shopManifests({ routing: 'istio' }), 'AuthorizationPolicy')
  const [first, ...more] = policies.filter(({ spec }) => (spec as { action?: string }).action === 'CUSTOM')
  assert.deepEqual(more, [])
  assert.equal(first?.metadata.namespace, 'ingress')
  assert.deepEqual(first?.spec, {
    selector: { matchLabels: { istio: 'ingressgateway' } },
    action: 'CUSTOM',
    provider: { name: 'tenantry' },
    rules: [{ to: [{ operation: { hosts: ['shop.example'] } }] }],
  })
})
