import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pairsByAuthorizationPolicies, pairsByNetworkPolicies } from '../../test/policy-reach.ts'
import { ofKind, shopInput, shopManifests, twoSilos } from '../../test/shop-cluster.ts'
import { readConfig, type TenantryConfigInput } from '../config.ts'
import { type DirectoryTenant, deploymentIdFor } from '../directory.ts'
import { placementOfTier } from '../placement.ts'
import type { Silo } from './silo.ts'

const httpPort = 8080

/** What tenants need: for one of each tier, and for each silo, who calls whom by the directory's own rules. */
function declaredPairs(input: TenantryConfigInput, silos: readonly Silo[]): string[] {
  const config = readConfig(input)
  const tenants = [...Object.keys(config.tiers).map((tier) => ({ tier, name: 'none' })), ...silos].map(
    ({ tier, name }): DirectoryTenant => ({
      id: 'tenant',
      tier,
      status: 'active',
      placement: placementOfTier(config, tier),
      silo: name,
    }),
  )
  const pairs = tenants.flatMap((tenant) => {
    const at = (service: string) => deploymentIdFor(tenant, service).replace('.', '-')
    return Object.entries(config.services).flatMap(([service, { routes, calls, subscribes }]) => [
      ...calls.map((called) => `${at(service)} -> ${at(called)}`),
      ...(routes.length > 0 ? [`gateway -> ${at(service)}`] : []),
      ...(subscribes.length > 0 ? [`relay -> ${at(service)}`] : []),
    ])
  })
  const known = pairs.filter((pair) => !pair.includes('-none'))
  return [...new Set(known), 'ingress -> gateway'].sort()
}

test('the network policies allow the declared edges and no others', () => {
  const pairs = pairsByNetworkPolicies(shopManifests({ silos: twoSilos }), httpPort)
  assert.deepEqual(pairs, declaredPairs(shopInput(), twoSilos))
  // Written out where it matters most: a silo’s own, and nobody of another silo.
  const into = (name: string) =>
    pairs.filter((pair) => pair.endsWith(` -> ${name}`)).map((pair) => pair.split(' ')[0])
  assert.deepEqual(into('fulfillment-3f9c2a71'), ['order-3f9c2a71'])
  assert.deepEqual(into('fulfillment-0a1b2c3d'), ['order-pool'])
  assert.deepEqual(into('fulfillment-pool'), ['order-pool'])
  assert.deepEqual(into('product-pool'), ['gateway', 'invoice-0a1b2c3d', 'invoice-pool', 'order-pool'])
  assert.deepEqual(into('control-plane'), [])
})

test('no tenant is needed for that: it holds in every shape of tiers and calls', () => {
  const names = ['a', 'b', 'c', 'd']
  let seed = 20_261_126
  const draw = (max: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * max)
  }
  for (let round = 0; round < 100; round++) {
    const input = shopInput()
    input.services = Object.fromEntries(
      names.map((name) => [
        name,
        {
          entry: 'x.ts',
          calls: names.filter((called) => called !== name && draw(3) === 0),
          routes: draw(2) ? [`/${name}`] : [],
          subscribes: draw(2) ? ['some.event'] : [],
        },
      ]),
    )
    const kinds = ['pool', 'silo'] as const
    const placement = () => Object.fromEntries(names.map((name) => [name, kinds[draw(2)] ?? 'pool']))
    input.tiers = {
      one: { placement: { ...placement(), a: 'silo' } },
      two: { placement: { ...placement(), d: 'silo' } },
    }
    input.demo = { tenants: {} }
    input.deploy = { kubernetes: { ...input.deploy?.kubernetes, images: { '*': 'x' } } }
    const silos = [
      { name: '00000001', tier: 'one' },
      { name: '00000002', tier: 'two' },
      { name: '00000003', tier: 'two' },
    ]
    const found = pairsByNetworkPolicies(shopManifests({ input, silos }), httpPort)
    assert.deepEqual(found, declaredPairs(input, silos), `round ${round}`)
  }
})

test('without policies everyone reaches everyone, so that what is computed tells of the policies', () => {
  const manifests = shopManifests().filter(({ kind }) => kind !== 'NetworkPolicy')
  const pairs = pairsByNetworkPolicies(manifests, httpPort)
  assert.ok(pairs.includes('stranger -> product-pool'))
  assert.ok(pairs.includes('product-pool -> control-plane'))
})

test('Istio’s policies allow the same, by service account, and the ingress where it routes itself', () => {
  const manifests = shopManifests({ silos: twoSilos, routing: 'istio' })
  const routed = ['product', 'order', 'invoice'].flatMap((service) =>
    ['pool', '3f9c2a71', ...(service === 'invoice' ? ['0a1b2c3d'] : [])].map(
      (at) => `ingress -> ${service}-${at}`,
    ),
  )
  const expected = [...declaredPairs(shopInput(), twoSilos), ...routed].sort()
  assert.deepEqual(pairsByAuthorizationPolicies(manifests, httpPort), expected)
  assert.deepEqual(pairsByNetworkPolicies(manifests, httpPort), expected)
})

test('a service that accepts access tokens is reached by the ingress, where one is named', () => {
  const input = shopInput()
  Object.assign(input.services.fulfillment ?? {}, { acceptsAccessTokens: true })
  const pair = 'ingress -> fulfillment-pool'
  assert.ok(pairsByNetworkPolicies(shopManifests({ input }), httpPort).includes(pair))
  delete input.deploy?.kubernetes?.ingress
  assert.ok(!pairsByNetworkPolicies(shopManifests({ input }), httpPort).includes(pair))
})

test('outside the system each workload reaches what it needs: databases, the bus, and the keys of issuers', () => {
  const input = shopInput()
  input.events = { bus: 'nats', servers: ['nats://bus.example:4333', 'tls://bus2.example'] }
  const manifests = shopManifests({ input, routing: 'istio' })
  const outside = (name: string) => {
    const found = ofKind(manifests, 'NetworkPolicy').find(({ metadata }) => metadata.name === name)
    assert.ok(found)
    const { egress } = found.spec as {
      egress: { to?: { podSelector?: unknown }[]; ports: { port: number }[] }[]
    }
    const rules = egress.filter(({ to }) => !to?.some(({ podSelector }) => podSelector))
    return rules.map(({ to, ports }) => [JSON.stringify(to ?? 'anywhere'), ...ports.map(({ port }) => port)])
  }
  const database = ['[{"ipBlock":{"cidr":"10.0.8.0/24"}}]', 5432]
  const istio = [
    '[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"istio-system"}}}]',
    15012,
  ]
  assert.deepEqual(outside('order-pool'), [database, istio])
  assert.deepEqual(outside('fulfillment-pool'), [istio])
  assert.deepEqual(outside('gateway'), [['"anywhere"', 443], istio])
  assert.deepEqual(outside('relay'), [database, ['"anywhere"', 4222, 4333], istio])
  assert.deepEqual(outside('control-plane'), [database, ['"anywhere"', 443, 4222, 4333], istio])
})
