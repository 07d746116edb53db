import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { after, test } from 'node:test'
import { CentralScope, runInScope, type TenantContext } from '@tenantry/context'
import { getGlobalDispatcher, request, setGlobalDispatcher, fetch as undiciFetch } from 'undici'
import { createCallDispatcher } from './call-dispatcher.ts'

interface Seen {
  readonly url: string
  readonly token: string | string[] | undefined
  readonly body: string
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

async function listen(answer: Answer = (_, response) => response.end('ok')) {
  const seen: Seen[] = []
  const server = createServer(async (incoming, response) => {
    const body = (await incoming.setEncoding('utf8').toArray()).join('')
    seen.push({ url: incoming.url ?? '', token: incoming.headersDistinct['txn-token'], body })
    answer(incoming, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address)
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { origin: `http://127.0.0.1:${address.port}`, seen }
}

function context(tenant: string): TenantContext {
  return {
    tenant: { id: tenant, tier: 'basic' },
    user: undefined,
    event: undefined,
    requestId: 'r1',
    scope: 'request',
    workload: 'gateway',
    token: `token of ${tenant}`,
    expiresAtMs: Date.now() + 60_000,
  }
}

const inScope = <T>(work: () => Promise<T>, tenant = 'tenant-a') => runInScope(context(tenant), work)

function install(routes: Record<string, string | (() => string)>, forgotten: string[] = []) {
  const before = getGlobalDispatcher()
  const dispatcher = createCallDispatcher({
    services: ['product', 'order', 'invoice'],
    calls: ['product', 'order'],
    resolveRoute: async ({ tenant }, service) => {
      const route = routes[`${service}/${tenant.id}`] ?? routes[service]
      if (!route) throw Object.assign(new Error('no route'), { code: 'DEPLOYMENT_DOWN' })
      return typeof route === 'string' ? route : route()
    },
    forgetRoute: ({ tenant }, service) => forgotten.push(`${service}/${tenant.id}`),
  })
  setGlobalDispatcher(dispatcher)
  after(async () => {
    setGlobalDispatcher(before)
    await dispatcher.destroy()
  })
}

const clients = {
  'Node’s fetch': (url: string, init?: RequestInit) => fetch(url, init).then((answer) => answer.status),
  'undici’s fetch': (url: string, init?: RequestInit) =>
    undiciFetch(url, init as never).then((answer) => answer.status),
  'undici’s request': async (url: string, init?: RequestInit) => {
    const { statusCode, body } = await request(url, init as never)
    await body.dump()
    return statusCode
  },
}

for (const [name, call] of Object.entries(clients)) {
  test(`${name} reaches a service by its name, at its tenant’s deployment, with the token`, async () => {
    const [pool, silo] = [await listen(), await listen()]
    install({ product: pool.origin, 'product/tenant-c': silo.origin })
    assert.equal(await inScope(() => call('http://product/products/1?x=1')), 200)
    assert.equal(await inScope(() => call('http://product/'), 'tenant-c'), 200)
    assert.deepEqual(pool.seen, [{ url: '/products/1?x=1', token: ['token of tenant-a'], body: '' }])
    assert.deepEqual(silo.seen, [{ url: '/', token: ['token of tenant-c'], body: '' }])
  })

  test(`${name} sends one token, the scope’s own, whatever the caller put there`, async () => {
    const product = await listen()
    install({ product: product.origin })
    await inScope(() => call('http://product/', { headers: { 'Txn-Token': 'mine', 'x-y': '1' } }))
    assert.deepEqual(product.seen[0]?.token, ['token of tenant-a'])
  })

  test(`${name} never carries the token to another origin`, async () => {
    const foreign = await listen()
    install({})
    const headers = { 'TXN-Token': 'planted' }
    await inScope(() => call(foreign.origin, { headers }))
    await call(foreign.origin, { headers })
    assert.deepEqual(
      foreign.seen.map(({ token }) => token),
      [undefined, undefined],
    )
  })

  test(`${name} fails outside a scope, and in central work, before anything is sent`, async () => {
    const product = await listen()
    install({ product: product.origin })
    await assert.rejects(call('http://product/'), hasCode('CONTEXT_MISSING'))
    const central = new CentralScope({ reason: 'usage', requestId: 'c1', expiresAtMs: Date.now() + 60_000 })
    await assert.rejects(
      central.run(() => call('http://product/')),
      hasCode('CONTEXT_CENTRAL'),
    )
    assert.deepEqual(product.seen, [])
  })

  test(`${name} is refused a service that is not declared, and told when one does not run`, async () => {
    install({})
    await assert.rejects(
      inScope(() => call('http://invoice/')),
      hasCode('CALL_UNDECLARED'),
    )
    await assert.rejects(
      inScope(() => call('http://order/')),
      hasCode('DEPLOYMENT_DOWN'),
    )
  })

  test(`${name} asks again where a tenant is served when a deployment says it is not there`, async () => {
    const stale = await listen((_, response) => response.writeHead(421).end('not here'))
    const current = await listen()
    const origins = [stale.origin, current.origin]
    const forgotten: string[] = []
    install({ product: () => origins.shift() ?? current.origin }, forgotten)
    assert.equal(await inScope(() => call('http://product/')), 200)
    assert.deepEqual(forgotten, ['product/tenant-a'])
    assert.deepEqual([stale.seen.length, current.seen.length], [1, 1])
    assert.equal(current.seen[0]?.token?.[0], 'token of tenant-a')
  })
}

test('a redirect out of our services does not take the token along, and one between them does', async () => {
  const foreign = await listen()
  const order = await listen()
  const product = await listen((incoming, response) => {
    const location = incoming.url === '/out' ? foreign.origin : 'http://order/orders'
    response.writeHead(307, { location }).end()
  })
  install({ product: product.origin, order: order.origin })
  for (const follow of [fetch, undiciFetch]) {
    assert.equal((await inScope(() => follow('http://product/out'))).status, 200)
    assert.equal((await inScope(() => follow('http://product/in'))).status, 200)
  }
  assert.deepEqual(
    foreign.seen.map(({ token }) => token),
    [undefined, undefined],
  )
  assert.deepEqual(
    order.seen.map(({ token }) => token?.[0]),
    ['token of tenant-a', 'token of tenant-a'],
  )
})

test('a redirect from outside into a service that is not declared is refused', async () => {
  const foreign = await listen((_, response) =>
    response.writeHead(302, { location: 'http://invoice/' }).end(),
  )
  install({})
  await assert.rejects(
    inScope(() => fetch(foreign.origin)),
    hasCode('CALL_UNDECLARED'),
  )
})

test('a body arrives whole; one that is gone is not sent a second time', async () => {
  const product = await listen((incoming, response) =>
    response.writeHead(incoming.url === '/stale' ? 421 : 201).end(),
  )
  install({ product: product.origin })
  const body = 'x'.repeat(100_000)
  assert.equal((await inScope(() => fetch('http://product/', { method: 'POST', body }))).status, 201)
  assert.equal(product.seen[0]?.body, body)
  const streamed = new Blob([body]).stream()
  const stale = { method: 'POST', body: streamed, duplex: 'half' } as RequestInit
  assert.equal((await inScope(() => fetch('http://product/stale', stale))).status, 421)
  assert.equal(product.seen.length, 2)
})

test('a hundred tenants at once each call with their own token', async () => {
  const product = await listen()
  install({ product: product.origin })
  const tenants = Array.from({ length: 100 }, (_, at) => `tenant-${at}`)
  await Promise.all(tenants.map((tenant) => inScope(() => fetch(`http://product/${tenant}`), tenant)))
  for (const { url, token } of product.seen) assert.equal(token?.[0], `token of ${url.slice(1)}`)
})

function hasCode(code: string) {
  return (error: Error & { code?: string }) => {
    assert.equal(error.code ?? (error.cause as { code?: string }).code, code)
    return true
  }
}
