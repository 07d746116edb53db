import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetch as undiciFetch } from 'undici'
import { hasCode, inScope, install, listen } from '../test/call-plant.ts'

const refusing = 'http://127.0.0.1:9'

for (const [name, follow] of Object.entries({ 'Node’s fetch': fetch, 'undici’s fetch': undiciFetch })) {
  test(`${name} asks again where a tenant is served when a deployment says it is not there`, async () => {
    const stale = await listen((_, response) => response.writeHead(421).end('not here'))
    const current = await listen()
    const origins = [stale.origin, current.origin]
    const forgotten: string[] = []
    install({ product: () => origins.shift() ?? current.origin }, { forgotten })
    assert.equal((await inScope(() => follow('http://product/'))).status, 200)
    assert.deepEqual(forgotten, ['product/tenant-a'])
    assert.deepEqual([stale.seen.length, current.seen.length], [1, 1])
    assert.equal(current.seen[0]?.token?.[0], 'token of tenant-a')
  })
}

for (const [name, follow] of Object.entries({ 'Node’s fetch': fetch, 'undici’s fetch': undiciFetch })) {
  test(`${name} goes to the next copy where one refuses the connection, and fails where all do`, async () => {
    const copy = await listen()
    const origins = [refusing, copy.origin]
    const forgotten: string[] = []
    install({ product: () => origins.shift() ?? copy.origin, order: refusing }, { forgotten })
    assert.equal((await inScope(() => follow('http://product/'))).status, 200)
    assert.deepEqual([forgotten, copy.seen.length], [['product/tenant-a'], 1])
    await assert.rejects(
      inScope(() => follow('http://order/')),
      hasCode('ECONNREFUSED'),
    )
  })
}

test('a call whose connection breaks once it is open is not made twice', async () => {
  const breaking = await listen((incoming) => incoming.socket.destroy())
  install({ product: breaking.origin })
  await assert.rejects(inScope(() => fetch('http://product/')))
  assert.equal(breaking.seen.length, 1)
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

test('a redirect with a user in front of a foreign host is a redirect to that host', async () => {
  const foreign = await listen()
  const product = await listen((_, response) =>
    response.writeHead(302, { location: `http://order:80@127.0.0.1:${foreign.port}/` }).end(),
  )
  install({ product: product.origin })
  // The standard of `fetch` refuses it for some redirects and follows it for others: no token in either case.
  await inScope(() => fetch('http://product/')).catch(() => undefined)
  for (const { head } of foreign.seen) assert.doesNotMatch(head, /token of/)
})

test('a service that is not declared is refused before it is looked up', async () => {
  install({ invoice: 'http://127.0.0.1:1' })
  await assert.rejects(
    inScope(() => fetch('http://INVOICE/')),
    hasCode('CALL_UNDECLARED'),
  )
})
