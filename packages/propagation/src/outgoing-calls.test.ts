import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clients } from '../test/call-clients.ts'
import { hasCode, inScope, install, listen } from '../test/call-plant.ts'
import { OutgoingCalls } from './outgoing-calls.ts'

const proxied = 'http.request with a proxy’s agent'
const followsRedirects = /fetch|axios|got/

for (const [name, call] of Object.entries(clients)) {
  test(`${name} reaches a service by its name, at its tenant’s deployment, with the token`, async () => {
    const [pool, silo] = [await listen(), await listen()]
    install({ product: pool.origin, 'product/tenant-c': silo.origin })
    assert.equal(await inScope(() => call('http://product/products/1?x=1')), 200)
    assert.equal(await inScope(() => call('http://PRODUCT:80/'), 'tenant-c'), 200)
    const read = ({ url, token, body }: (typeof pool.seen)[number]) => ({ url, token, body })
    assert.deepEqual(pool.seen.map(read), [
      { url: '/products/1?x=1', token: ['token of tenant-a'], body: '' },
    ])
    assert.deepEqual(silo.seen.map(read), [{ url: '/', token: ['token of tenant-c'], body: '' }])
  })

  test(`${name} sends a body whole, one token, the scope’s own, and one assertion of who calls, whatever the caller put there`, async () => {
    const product = await listen()
    install({ product: product.origin })
    const body = 'x'.repeat(100_000)
    const headers = { 'Txn-Token': 'mine', 'Tenantry-Caller': 'another', 'x-y': '1' }
    assert.equal(await inScope(() => call('http://product/', { method: 'POST', headers, body })), 200)
    assert.deepEqual(product.seen[0]?.token, ['token of tenant-a'])
    assert.deepEqual(product.seen[0]?.caller, ['caller of product'])
    assert.equal(product.seen[0]?.body, body)
  })

  test(`${name} fails outside a scope before anything is sent`, async () => {
    const product = await listen()
    install({ product: product.origin })
    await assert.rejects(call('http://product/'), hasCode('CONTEXT_MISSING'))
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

  test(`${name} takes a service with a port, a dot or a scheme of its own for a foreign host`, async () => {
    const product = await listen()
    install({ product: product.origin })
    for (const url of ['http://product:8080/', 'http://product./', 'https://product/', 'http://product.x/']) {
      await assert.rejects(inScope(() => call(url)))
    }
    assert.deepEqual(product.seen, [])
  })

  if (name === proxied) continue

  test(`${name} never carries the token to another origin, also when it is planted`, async () => {
    const foreign = await listen()
    install({})
    const headers = { 'TXN-Token': 'token of tenant-a', 'TENANTRY-CALLER': 'caller of product' }
    await inScope(() => call(foreign.origin, { headers }))
    await call(foreign.origin, { headers })
    await inScope(() => call(`http://product:80@127.0.0.1:${foreign.port}/`, { headers })).catch(
      () => undefined,
    )
    assert.ok(foreign.seen.length >= 2)
    for (const { head } of foreign.seen) assert.doesNotMatch(head, /txn-token|tenantry-|(token|caller) of/i)
  })

  if (!followsRedirects.test(name)) continue

  test(`${name} does not take the token along when it is redirected out of our services`, async () => {
    const foreign = await listen()
    const product = await listen((_, response) =>
      response.writeHead(307, { location: `${foreign.origin}/out` }).end(),
    )
    install({ product: product.origin })
    assert.equal(await inScope(() => call('http://product/')), 200)
    assert.equal(product.seen[0]?.token?.[0], 'token of tenant-a')
    assert.equal(foreign.seen[0]?.url, '/out')
    // Neither in a header of ours nor in `Authorization`, `Referer` or a cookie.
    assert.doesNotMatch(foreign.seen[0]?.head ?? '', /txn-token|tenantry-|(token|caller) of/i)
  })

  test(`${name} takes the token along to a service that is declared, and to no other`, async () => {
    const order = await listen()
    const product = await listen((incoming, response) => {
      const location = incoming.url === '/in' ? 'http://order/orders' : 'http://invoice/'
      response.writeHead(307, { location }).end()
    })
    install({ product: product.origin, order: order.origin })
    assert.equal(await inScope(() => call('http://product/in')), 200)
    assert.deepEqual(order.seen[0]?.token, ['token of tenant-a'])
    // Each service is told who calls it, by an assertion that is good for it alone.
    assert.deepEqual(
      [product.seen[0]?.caller, order.seen[0]?.caller],
      [['caller of product'], ['caller of order']],
    )
    await assert.rejects(
      inScope(() => call('http://product/undeclared')),
      hasCode('CALL_UNDECLARED'),
    )
  })

  test(`${name} is refused a redirect from outside into a service that is not declared`, async () => {
    const foreign = await listen((_, response) =>
      response.writeHead(302, { location: 'http://invoice/' }).end(),
    )
    install({})
    await assert.rejects(
      inScope(() => call(foreign.origin)),
      hasCode('CALL_UNDECLARED'),
    )
  })
}

test('a service that is added later is one of ours from when that is known, and one that is gone a foreign host', () => {
  const calls = new OutgoingCalls({
    ...{ services: ['order', 'old'], calls: [], caller: () => '' },
    resolveRoute: () => Promise.reject(new Error('nobody asks')),
  })
  assert.deepEqual(
    [calls.serviceAt('http:', 'new', ''), calls.serviceAt('http:', 'old', '')],
    [undefined, 'old'],
  )
  calls.know(['order', 'new'])
  assert.deepEqual(
    [calls.serviceAt('http:', 'new', ''), calls.serviceAt('http:', 'old', '')],
    ['new', undefined],
  )
})
