import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import type { RunningSystem } from './running-system.ts'

/** What a caller may get wrong, or try, and what it gets for it. */
export function describeBadInput(system: RunningSystem): void {
  describe('bad input', () => {
    const tenant = 'tenant-a'

    it('no token, and a bad one, are 401', async () => {
      const none = await system.call(null, 'GET', '/products')
      assert.equal(none.status, 401)
      assert.deepEqual(Object.keys(none.body).sort(), ['code', 'message', 'request_id'])
      assert.equal(none.headers.get('x-request-id'), none.body.request_id)
      const token = await system.token(tenant)
      for (const bad of [
        'x',
        `${token}x`,
        `${token.slice(0, -4)}AAAA`,
        `${token.split('.').slice(0, 2).join('.')}.`,
        unsigned(token),
      ]) {
        const { status } = await system.call(null, 'GET', '/products', undefined, {
          authorization: `Bearer ${bad}`,
        })
        assert.equal(status, 401, bad)
      }
    })

    it('no header, host or query of the caller’s chooses another tenant', async () => {
      const product = await system.product('tenant-d', '3')
      const foreign = await system.token('tenant-d')
      for (const headers of [
        { 'x-tenant-id': 'tenant-d' },
        { 'x-tenant': 'tenant-d', 'x-tenant-tier': 'premium' },
        { 'x-jwt-tenant': 'tenant-d', tenantid: 'tenant-d', 'ce-tenantid': 'tenant-d' },
        { 'txn-token': foreign },
        { 'x-forwarded-host': 'tenant-d.example', forwarded: 'host=tenant-d.example' },
      ]) {
        const { status } = await system.call(
          tenant,
          'GET',
          `/products/${product}?tenant=tenant-d`,
          undefined,
          headers,
        )
        assert.ok(status === 404 || status === 400, `${JSON.stringify(headers)} gave ${status}`)
      }
    })

    it('a transaction token, or an access token in its header, opens nothing by itself', async () => {
      const { status } = await system.call(null, 'GET', '/products', undefined, {
        'txn-token': await system.token(tenant),
      })
      assert.equal(status, 401)
    })

    it('two authorizations are refused as ambiguous', async () => {
      const [own, foreign] = await Promise.all([system.token(tenant), system.token('tenant-d')])
      const answer = await raw(system.gateway, [
        'GET /products HTTP/1.1',
        'Host: shop',
        `Authorization: Bearer ${own}`,
        `Authorization: Bearer ${foreign}`,
        'Connection: close',
      ])
      assert.match(answer, /^HTTP\/1\.1 400 /)
    })

    it('bad JSON and bad fields are 400 and named', async () => {
      const broken = await system.call(tenant, 'POST', '/products', '{"name": ')
      assert.equal(broken.status, 400)
      for (const [field, body] of [
        ['name', { price: '1' }],
        ['price', { name: 'Lamp' }],
        ['price', { name: 'Lamp', price: 'cheap' }],
        ['price', { name: 'Lamp', price: -1 }],
        ['name', { name: 7, price: '1' }],
      ] as const) {
        const answer = await system.call(tenant, 'POST', '/products', body)
        assert.equal(answer.status, 400, JSON.stringify(body))
        assert.match(JSON.stringify(answer.body), new RegExp(field), JSON.stringify(body))
      }
      for (const body of [{ name: 'x' }, { name: 'x', products: [] }, { name: 'x', products: ['no id'] }]) {
        const answer = await system.call(tenant, 'POST', '/orders', body)
        assert.equal(answer.status, 400, JSON.stringify(body))
        assert.match(JSON.stringify(answer.body), /products/)
      }
    })

    it('ids that are none are 404 like any unknown id', async () => {
      for (const id of ['1', "' or 1=1 --", '%00', 'tenant-d', '__proto__']) {
        const { status } = await system.call(tenant, 'GET', `/products/${encodeURIComponent(id)}`)
        assert.ok(status === 404 || status === 400, `${id} gave ${status}`)
      }
    })

    it('a body over 1 MiB is 413, declared or streamed', async () => {
      const body = { name: 'x'.repeat(1024 * 1024 + 1), price: '1' }
      assert.equal((await system.call(tenant, 'POST', '/products', body)).status, 413)
      const streamed = await fetch(`${system.gateway}/products`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await system.token(tenant)}`,
          'content-type': 'application/json',
        },
        body: new Blob([JSON.stringify(body)]).stream(),
        duplex: 'half',
      } as RequestInit)
      assert.equal(streamed.status, 413)
    })

    it('what is not routed is 404, and internal paths are never reached', async () => {
      for (const path of [
        '/nothing',
        '/fulfillments',
        '/.tenantry/events',
        '/metrics',
        '/products/../.tenantry/events',
      ]) {
        const { status } = await system.call(tenant, 'POST', path, {})
        assert.ok(status === 404 || status === 400, `${path} gave ${status}`)
      }
    })
  })
}

function unsigned(token: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')
  return `${header}.${token.split('.')[1]}.`
}

async function raw(origin: string, lines: string[]): Promise<string> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  return text(socket)
}
