import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig, type TenantryConfigInput } from './config.ts'
import { durationMs } from './events-config.ts'

const identity = {
  issuer: 'http://localhost:8085',
  audience: 'shop',
  claims: { tenant: 'tenant', role: 'role' },
}

const kept = { keep: '7d', keepRecords: '365d' }

function shop(): TenantryConfigInput {
  return {
    mode: 'development',
    trustDomain: 'shop.example',
    identity,
    tiers: { basic: { placement: 'pool' }, advanced: { placement: { invoice: 'silo', '*': 'pool' } } },
    services: {
      product: { entry: 'product.ts', routes: ['/products'] },
      invoice: { entry: 'invoice.ts', calls: ['product'], subscribes: ['order.fulfilled'] },
    },
    demo: { tenants: { 'tenant-a': 'basic' } },
  }
}

function refuses(config: unknown, message: RegExp) {
  assert.throws(() => readConfig(config), { code: 'CONFIG_INVALID', message })
}

test('a consistent configuration is read with its defaults', () => {
  const { services } = readConfig(shop())
  assert.deepEqual(services.product?.calls, [])
  assert.deepEqual(services.invoice?.routes, [])
})

test('connections are bounded by default, and by numbers that are some', () => {
  const perDeployment = (database: TenantryConfigInput['database']) =>
    readConfig({ ...shop(), database }).database.connectionsPerDeployment
  assert.deepEqual(perDeployment(undefined), { pool: 5, silo: 3 })
  assert.deepEqual(perDeployment({ connectionsPerDeployment: { silo: 1 } }), { pool: 5, silo: 1 })
  refuses(
    { ...shop(), database: { connectionsPerDeployment: { pool: 0 } } },
    /`database\.connectionsPerDeployment\.pool`/,
  )
  refuses({ ...shop(), database: { connectionsTotal: 1.5 } }, /`database\.connectionsTotal`/)
})

test('a pooler is none unless it is named, and pools transactions', () => {
  const pooler = { mode: 'transaction', host: '127.0.0.1', port: 6432 } as const
  assert.equal(readConfig(shop()).database.pooler, undefined)
  assert.deepEqual(readConfig({ ...shop(), database: { pooler } }).database.pooler, pooler)
  refuses({ ...shop(), database: { pooler: { ...pooler, mode: 'session' } } }, /`database\.pooler\.mode`/)
  refuses({ ...shop(), database: { pooler: { ...pooler, port: 0 } } }, /`database\.pooler\.port`/)
  refuses({ ...shop(), database: { binding: 'role' } }, /binding/)
})

test('a call to a service that does not exist is refused by path', () => {
  const config = shop()
  config.services.product = { entry: 'product.ts', calls: ['prices'] }
  refuses(config, /`services\.product\.calls`: there is no service `prices`/)
})

test('shared tables need migrations that make them', () => {
  const config = shop()
  config.services.product = { entry: 'product.ts', shared: ['currencies'] }
  refuses(config, /`services\.product\.shared`: name the folder of `migrations`/)
  config.services.product.migrations = 'product/migrations'
  assert.deepEqual(readConfig(config).services.product?.shared, ['currencies'])
})

test('nothing is granted unless it is named, and central work needs a database to read', () => {
  const config = shop()
  assert.deepEqual(readConfig(config).services.product?.grants, [])
  config.services.product = { entry: 'product.ts', grants: ['work', 'central'] }
  refuses(config, /`services\.product\.grants`: `central` needs `migrations`/)
  config.services.product.migrations = 'product/migrations'
  assert.deepEqual(readConfig(config).services.product?.grants, ['work', 'central'])
  const adopts = { urlFrom: 'DATABASE_URL', provisionerUrlFrom: 'ADMIN_DATABASE_URL' }
  config.services.product = { entry: 'product.ts', grants: ['central'], adopts }
  refuses(config, /an adopted database is read across tenants by a role of its own/)
  refuses({ ...config, services: { product: { entry: 'product.ts', grants: ['all'] } } }, /grants/)
})

test('two services cannot have one route', () => {
  const config = shop()
  config.services.invoice = { entry: 'invoice.ts', routes: ['/products'] }
  refuses(config, /`services\.invoice\.routes`: `\/products` already goes to `product`/)
})

test('a service that is started as it was has no handlers of events', () => {
  const config = shop()
  config.services.invoice = { ...config.services.invoice, entry: 'invoice.ts', register: true }
  refuses(config, /`services\.invoice\.register`: events need a handler/)
})

test('open paths are exact ones', () => {
  const config = shop()
  config.services.product = { entry: 'product.ts', open: ['/health', '/.well-known/ready'] }
  assert.deepEqual(readConfig(config).services.product?.open, ['/health', '/.well-known/ready'])
  for (const open of ['health', '/health?x', '/*', '/a b']) {
    config.services.product.open = [open]
    refuses(config, /`services\.product\.open\.0`: use an exact path/)
  }
})

test('a database that a service has already is named by variables, is in the pool, and has nothing of ours in it', () => {
  const adopts = { urlFrom: 'DATABASE_URL', provisionerUrlFrom: 'ADMIN_DATABASE_URL' }
  const config = shop()
  config.services.product = { entry: 'product.ts', adopts }
  const read = readConfig(config).services.product?.adopts
  assert.deepEqual(read, { ...adopts, schema: 'public', column: 'organization_id' })
  config.tiers.premium = { placement: 'silo' }
  refuses(config, /`tiers\.premium\.placement`: `product` brings its own database/)
  config.tiers.premium = { placement: { product: 'silo', '*': 'pool' } }
  refuses(config, /`tiers\.premium\.placement`: `product` brings its own database/)
  delete config.tiers.premium
  config.services.product.migrations = 'migrations'
  refuses(config, /`services\.product\.adopts`: a database of its own has no `migrations`/)
  delete config.services.product.migrations
  config.services.product.adopts = { ...adopts, urlFrom: 'postgres://app:secret@db/app' }
  refuses(config, /`services\.product\.adopts\.urlFrom`: name an environment variable/)
})

test('a tier that leaves a service without a placement is refused', () => {
  const config = shop()
  config.tiers.advanced = { placement: { invoice: 'silo' } }
  refuses(config, /`tiers\.advanced\.placement`: nothing for product; add them or `\*`/)
})

test('a demo tenant of an unknown tier is refused', () => {
  const config = shop()
  config.demo = { tenants: { 'tenant-a': 'gold' } }
  refuses(config, /`demo\.tenants\.tenant-a`: there is no tier `gold`/)
})

test('outside development, plain http, loopback issuers and demo tenants are refused together', () => {
  const config = shop()
  config.mode = 'production'
  refuses(config, /`identity\.issuer`.*`demo`/)
  const from = (issuer: string) => ({ ...config, identity: { ...identity, issuer } })
  delete config.demo
  refuses(from('https://127.0.0.1'), /must be https and not loopback/)
  assert.equal(readConfig(from('https://id.example.com')).mode, 'production')
})

test('an unknown member is refused, not ignored', () => {
  refuses({ ...shop(), tierz: {} }, /tierz/)
})

test('events wait in PostgreSQL, or in NATS by servers without credentials in their addresses', () => {
  assert.equal(readConfig(shop()).events.bus, 'postgres')
  const nats = { bus: 'nats', servers: ['nats://n0:4222', 'tls://n1:4222'] } as const
  assert.deepEqual(readConfig({ ...shop(), events: nats }).events, { ...nats, ...kept, replicas: 3 })
  refuses({ ...shop(), events: { bus: 'nats', servers: [] } }, /`events\.servers`/)
  refuses({ ...shop(), events: { ...nats, servers: ['nats://user:password@n0'] } }, /without credentials/)
  refuses({ ...shop(), events: { ...nats, replicas: 2 } }, /`events\.replicas`/)
  refuses({ ...shop(), events: { bus: 'kafka' } }, /`events\.bus`/)
})

test('events are kept for a week when they are over and what operators did for a year, unless a duration says otherwise', () => {
  assert.deepEqual(readConfig(shop()).events, { bus: 'postgres', ...kept })
  assert.deepEqual(readConfig({ ...shop(), events: { keep: '12h', keepRecords: '30d' } }).events, {
    bus: 'postgres',
    keep: '12h',
    keepRecords: '30d',
  })
  assert.equal(durationMs('12h'), 43_200_000)
  assert.equal(durationMs('7d'), 604_800_000)
  for (const keep of ['0d', '7', 'd', '-1d', '1.5h', '7 d', '30m', '10000d', '', 7, null]) {
    refuses({ ...shop(), events: { keep } }, /`events\.keep`/)
    refuses({ ...shop(), events: { keepRecords: keep } }, /`events\.keepRecords`/)
  }
})

test('outside development NATS needs credentials, by the names of environment variables', () => {
  const events = { bus: 'nats', servers: ['nats://n0:4222'] } as const
  const credentials = {
    userFrom: 'NATS_USER',
    passwordFrom: 'NATS_PASSWORD',
    provisionerUserFrom: 'NATS_PROVISIONER_USER',
    provisionerPasswordFrom: 'NATS_PROVISIONER_PASSWORD',
  }
  const production = {
    ...shop(),
    mode: 'production',
    demo: undefined,
    identity: { ...identity, issuer: 'https://login.example' },
  }
  refuses({ ...production, events }, /`events\.credentials`/)
  refuses(
    { ...shop(), events: { ...events, credentials: { ...credentials, userFrom: 'a b' } } },
    /environment variable/,
  )
  assert.deepEqual(readConfig({ ...shop(), events: { ...events, credentials } }).events, {
    ...events,
    ...kept,
    replicas: 3,
    credentials,
  })
})
