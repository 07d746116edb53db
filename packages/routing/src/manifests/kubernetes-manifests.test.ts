import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findSchemaFaults } from '../../test/published-schemas.ts'
import { ofKind, shopInput, shopManifests, twoSilos } from '../../test/shop-cluster.ts'
import { readConfig } from '../config.ts'
import { serviceAccountOf } from '../workloads-config.ts'
import { describeCluster } from './cluster.ts'
import { kubernetesManifests } from './kubernetes-manifests.ts'
import { readSilo } from './silo.ts'

interface PodSpec {
  serviceAccountName: string
  automountServiceAccountToken: boolean
  securityContext: Record<string, unknown>
  containers: {
    image: string
    securityContext: Record<string, unknown>
    livenessProbe: Record<string, unknown>
    readinessProbe: Record<string, unknown>
    resources: unknown
    volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[]
    env?: { name: string; value?: string }[]
  }[]
  volumes: {
    name: string
    secret?: unknown
    projected?: { sources: { serviceAccountToken: { path: string; audience: string } }[] }
  }[]
}

function pods(manifests = shopManifests({ silos: twoSilos })): Map<string, PodSpec> {
  const workloads = [...ofKind(manifests, 'Deployment'), ...ofKind(manifests, 'StatefulSet')]
  return new Map(
    workloads.map(({ metadata, spec }) => [
      metadata.name,
      (spec as { template: { spec: PodSpec } }).template.spec,
    ]),
  )
}

const nats: ReturnType<typeof shopInput>['events'] = {
  bus: 'nats',
  servers: ['nats://nats.example:4222'],
  credentials: {
    userFrom: 'NATS_USER',
    passwordFrom: 'NATS_PASSWORD',
    provisionerUserFrom: 'NATS_ADMIN',
    provisionerPasswordFrom: 'NATS_ADMIN_PASSWORD',
  },
}

for (const routing of [undefined, 'gateway-api', 'istio'] as const) {
  test(`every object is one of the published schemas, with no field besides: ${routing ?? 'our gateway'}`, () => {
    const manifests = shopManifests({
      input: { ...shopInput(), events: nats },
      silos: twoSilos,
      ...(routing && { routing }),
    })
    assert.ok(manifests.length > 50)
    assert.deepEqual(manifests.flatMap(findSchemaFaults), [])
  })
}

test('a misspelled field, a wrong type and a kind without a schema are found', () => {
  const [first] = ofKind(shopManifests(), 'Deployment')
  assert.ok(first)
  const spec = first.spec as object
  assert.deepEqual(findSchemaFaults({ ...first, spec: { ...spec, replicaz: 1 } } as typeof first), [
    '`apps/v1 Deployment.spec.replicaz` is not in the schema',
  ])
  assert.match(
    String(findSchemaFaults({ ...first, spec: { ...spec, replicas: 'two' } } as typeof first)),
    /integer/,
  )
  assert.match(String(findSchemaFaults({ ...first, kind: 'Deploiment' })), /no schema/)
})

test('each workload has a service account of its own, which is the one that the directory expects', () => {
  const manifests = shopManifests({ silos: twoSilos })
  const accounts = ofKind(manifests, 'ServiceAccount').map(({ metadata }) => metadata)
  const subjects = accounts.map(({ namespace, name }) => `system:serviceaccount:${namespace}:${name}`)
  const ids = [
    ...['control-plane', 'gateway', 'relay'],
    ...['fulfillment.pool', 'invoice.pool', 'order.pool', 'product.pool'],
    ...['fulfillment.0a1b2c3d', 'invoice.0a1b2c3d'],
    ...['fulfillment.3f9c2a71', 'invoice.3f9c2a71', 'order.3f9c2a71', 'product.3f9c2a71'],
  ]
  assert.deepEqual(new Set(subjects), new Set(ids.map((id) => serviceAccountOf({ namespace: 'shop' }, id))))
  assert.equal(new Set(subjects).size, subjects.length)
  const used = [...pods(manifests).values()].map(({ serviceAccountName }) => serviceAccountName)
  assert.deepEqual(new Set(used), new Set(ids))
  assert.equal(used.length, ids.length)
})

test('a deployment has a token for each audience that it declares, and for no other', () => {
  const audiences = (name: string) =>
    pods()
      .get(name)
      ?.volumes.flatMap(({ projected }) => projected?.sources ?? [])
      .map(({ serviceAccountToken: { path, audience } }) => [path, audience])
  const platform = [
    ['token-service', 'shop.example/token-service'],
    ['control-plane', 'shop.example/control-plane'],
  ]
  const service = (name: string) => [`service/${name}`, `shop.example/service/${name}`]
  assert.deepEqual(audiences('order-pool'), [...platform, service('product'), service('fulfillment')])
  assert.deepEqual(audiences('fulfillment-3f9c2a71'), platform)
  assert.deepEqual(audiences('gateway'), [
    ...platform,
    service('product'),
    service('order'),
    service('invoice'),
  ])
  assert.deepEqual(audiences('relay'), [...platform, service('order'), service('invoice')])
})

test('every container runs as nobody in particular, on a root file system that it cannot write', () => {
  for (const [name, { securityContext, containers, automountServiceAccountToken }] of pods()) {
    assert.equal(automountServiceAccountToken, false, name)
    assert.equal(securityContext.runAsNonRoot, true, name)
    assert.deepEqual(securityContext.seccompProfile, { type: 'RuntimeDefault' }, name)
    for (const container of containers) {
      assert.deepEqual(
        container.securityContext,
        { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        name,
      )
      assert.ok(container.livenessProbe && container.readinessProbe && container.resources, name)
    }
  }
})

test('the sockets of the node can be replaced by nobody but the control plane', () => {
  for (const [name, { containers }] of pods()) {
    const [mount] = containers.flatMap(({ volumeMounts }) =>
      volumeMounts.filter((one) => one.name === 'sockets'),
    )
    assert.equal(mount?.readOnly, name === 'control-plane' ? undefined : true, name)
  }
})

test('a probe asks `/health` where the service leaves it open, and else for a connection', () => {
  const probe = (name: string) => pods().get(name)?.containers[0]?.readinessProbe
  assert.deepEqual(probe('product-pool')?.httpGet, { path: '/health', port: 'http' })
  assert.deepEqual(probe('order-pool')?.tcpSocket, { port: 'http' })
})

test('images are those of each service, and resources those of each container', () => {
  const input = shopInput()
  const kubernetes = {
    ...input.deploy?.kubernetes,
    resources: { '*': { cpu: '50m', memory: '128Mi' }, relay: { cpu: '2', memory: '1Gi' } },
  }
  const all = pods(shopManifests({ input: { ...input, deploy: { kubernetes } } }))
  const container = (name: string) => all.get(name)?.containers[0]
  assert.equal(container('order-pool')?.image, 'registry.example/shop/order:1')
  assert.equal(container('invoice-pool')?.image, 'registry.example/invoice:7')
  assert.equal(container('gateway')?.image, 'registry.example/shop/platform:1')
  assert.deepEqual(container('order-pool')?.resources, {
    requests: { cpu: '50m', memory: '128Mi' },
    limits: { memory: '128Mi' },
  })
  assert.deepEqual(container('relay')?.resources, {
    requests: { cpu: '2', memory: '1Gi' },
    limits: { memory: '1Gi' },
  })
})

test('every name is one label of RFC 1123, and an account’s two at most', () => {
  const input = shopInput()
  const longest = 'a'.repeat(31)
  input.services[longest] = { entry: 'a.ts', routes: ['/longest'], calls: ['product'] }
  for (const routing of ['gateway-api', 'istio'] as const) {
    for (const { kind, metadata } of shopManifests({ input, silos: twoSilos, routing })) {
      const labels = kind === 'ServiceAccount' ? metadata.name.split('.') : [metadata.name]
      assert.ok(labels.length <= 2, metadata.name)
      for (const label of [...labels, ...Object.values(metadata.labels ?? {})])
        assert.match(label, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
    }
  }
})

test('no two objects are one, and the same configuration gives the same bytes', () => {
  for (const routing of ['gateway-api', 'istio'] as const) {
    const manifests = shopManifests({ silos: twoSilos, routing })
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)
    assert.equal(new Set(names).size, names.length)
    const reversed = shopInput()
    reversed.services = Object.fromEntries(Object.entries(reversed.services).reverse())
    reversed.tiers = Object.fromEntries(Object.entries(reversed.tiers).reverse())
    const again = shopManifests({ input: reversed, silos: [...twoSilos].reverse(), routing })
    assert.deepEqual(
      again.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`),
      names,
    )
    assert.equal(JSON.stringify(shopManifests({ silos: twoSilos, routing })), JSON.stringify(manifests))
  }
})

test('no tenant is named, and 100,000 of them change nothing', () => {
  const input = shopInput()
  const tiers = Object.keys(input.tiers)
  const tenants = Array.from({ length: 100_000 }, (_, index) => [`customer-${index}`, tiers[index % 3] ?? ''])
  for (const routing of ['gateway-api', 'istio'] as const) {
    const few = JSON.stringify(shopManifests({ silos: twoSilos, routing }))
    assert.doesNotMatch(few, /tenant-[abc]/)
    const many = shopManifests({
      input: { ...input, demo: { tenants: Object.fromEntries(tenants) } },
      silos: twoSilos,
      routing,
    })
    assert.equal(JSON.stringify(many), few)
  }
})

test('nothing secret is written: Secrets are named, and keys of them', () => {
  const { env } =
    pods(shopManifests({ input: { ...shopInput(), events: nats } })).get('control-plane')?.containers[0] ?? {}
  const withValue = env?.filter(({ value }) => value !== undefined).map(({ name }) => name)
  assert.deepEqual(withValue, ['TENANTRY_HOME', 'TMPDIR'])
  assert.deepEqual(
    env?.filter(({ value }) => value === undefined),
    [
      ...['TENANTRY_STATE_KEY', 'NATS_USER', 'NATS_PASSWORD', 'NATS_ADMIN', 'NATS_ADMIN_PASSWORD'].map(
        (key) => ({
          name: key,
          valueFrom: { secretKeyRef: { name: 'control-plane', key } },
        }),
      ),
    ],
  )
  assert.deepEqual(ofKind(shopManifests(), 'Secret'), [])
})

test('keys that the API server publishes itself are read with the cluster’s own certificate', () => {
  const input = shopInput()
  const jwksUri = 'https://kubernetes.default.svc/openid/v1/jwks'
  input.workloads = { kubernetes: { issuer: 'https://issuer.example/id/1', namespace: 'shop', jwksUri } }
  const text = (manifests: unknown) => JSON.stringify(manifests)
  assert.match(text(shopManifests({ input })), /NODE_EXTRA_CA_CERTS.*kube-root-ca\.crt/)
  assert.deepEqual(shopManifests({ input }).flatMap(findSchemaFaults), [])
  assert.doesNotMatch(text(shopManifests()), /NODE_EXTRA_CA_CERTS/)
})

test('autoscaling keeps as many copies as are configured for each placement', () => {
  const input = shopInput()
  input.database = { connectionsPerDeployment: { pool: 10 } }
  input.deploy = { kubernetes: { ...input.deploy?.kubernetes, copies: { pool: { min: 3, max: 9 } } } }
  const scaled = ofKind(shopManifests({ input, silos: twoSilos }), 'HorizontalPodAutoscaler')
  const copies = scaled.map(({ metadata, spec }) => {
    const { minReplicas, maxReplicas } = spec as { minReplicas: number; maxReplicas: number }
    return [metadata.name, minReplicas, maxReplicas]
  })
  assert.deepEqual(copies.slice(0, 3), [
    ['gateway', 2, 4],
    ['fulfillment-0a1b2c3d', 1, 2],
    ['fulfillment-3f9c2a71', 1, 2],
  ])
  assert.deepEqual(
    copies.find(([name]) => name === 'order-pool'),
    ['order-pool', 3, 9],
  )
})

test('what cannot be written is refused, with a code and the next step', () => {
  const refuses = (
    change: (input: ReturnType<typeof shopInput>) => void,
    code: string,
    help: RegExp,
    routing?: 'gateway-api',
  ) => {
    const input = shopInput()
    change(input)
    const write = () => kubernetesManifests(describeCluster(readConfig(input), { routing }))
    assert.throws(write, (error: { code: string; help: string }) => {
      assert.equal(error.code, code)
      assert.match(error.help, help)
      return true
    })
  }
  const own = (input: ReturnType<typeof shopInput>) => input.deploy?.kubernetes ?? {}
  refuses((input) => delete input.workloads, 'DEPLOY_UNCONFIGURED', /`workloads\.kubernetes`/)
  refuses((input) => delete input.deploy, 'DEPLOY_UNCONFIGURED', /`deploy\.kubernetes`/)
  refuses((input) => delete own(input).databases, 'DEPLOY_DATABASES', /deploy\.kubernetes\.databases/)
  refuses(
    (input) => delete own(input).ingress,
    'DEPLOY_INGRESS',
    /deploy\.kubernetes\.ingress/,
    'gateway-api',
  )
  refuses((input) => delete own(input).platformImage, 'IMAGE_MISSING', /--platform-image/)
  refuses((input) => delete own(input).images, 'IMAGE_MISSING', /--image fulfillment=/)
  const routes = Array.from({ length: 65 }, (_, index) => `/r${index}`)
  refuses(
    (input) => Object.assign(input.services.product ?? {}, { routes }),
    'ROUTES_EXHAUSTED',
    /istio/,
    'gateway-api',
  )
})

test('a silo is named as the control plane named it, with its tier where that is not clear', () => {
  const config = readConfig(shopInput())
  const code = (expected: string) => (error: { code: string }) => error.code === expected
  assert.deepEqual(readSilo('3f9c2a71=premium', config), { name: '3f9c2a71', tier: 'premium' })
  for (const text of ['tenant-c', 'tenant-c=premium', '3F9C2A71=premium', '3f9c2a71=premium=advanced', ''])
    assert.throws(() => readSilo(text, config), code('SILO_NAME_INVALID'), text)
  assert.throws(() => readSilo('3f9c2a71', config), code('SILO_TIER_UNCLEAR'))
  assert.throws(() => readSilo('3f9c2a71=basic', config), code('SILO_TIER_UNCLEAR'))
  assert.throws(() => readSilo('3f9c2a71=gold', config), code('TIER_UNKNOWN'))
  const { advanced: _, ...tiers } = config.tiers
  assert.deepEqual(readSilo('3f9c2a71', { ...config, tiers }), { name: '3f9c2a71', tier: 'premium' })
})
