import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type IngressPlant, startIngressPlant } from './ingress-plant.ts'
import { openRaw, type RawAnswer, sendRaw } from './raw-ingress-client.ts'

interface Arrived {
  readonly tenant: string
  readonly requestId: string
  readonly deployment: string
  readonly method: string
  readonly url: string
  /** How many requests the deployment was sent, this one among them. */
  readonly count: number
  readonly bytes: number
  /** From the body's first part to its end. */
  readonly spreadMs: number
  readonly rawHeaders: string[]
}

/** What has to hold behind every ingress: the real one, with the configuration that the documentation gives. */
export function describeIngress(
  program: 'nginx' | 'caddy',
  { file, missing, duplex }: { file: string; missing: string | false; duplex: boolean },
): void {
  describe(`behind the real ${program}`, { skip: missing, timeout: 120_000 }, () => {
    let plant: IngressPlant
    before(async () => {
      plant = await startIngressPlant(program, file)
    })
    after(() => plant?.stop())

    /** Sends a request with a token for the tenant, as bytes. */
    async function ask(
      tenant: string | string[] | undefined,
      {
        start = 'GET /orders/1?x=%20 HTTP/1.1',
        host = 'shop.example',
        headers = [] as string[],
        body = '',
      } = {},
    ): Promise<RawAnswer> {
      const bearer = tenant === undefined ? [] : [`Authorization: Bearer ${await plant.token({ tenant })}`]
      return sendRaw(plant.origin, [start, `Host: ${host}`, ...bearer, ...headers], body)
    }

    async function arrives(...asked: Parameters<typeof ask>): Promise<Arrived> {
      const { status, body } = await ask(...asked)
      assert.equal(status, 200, body)
      return JSON.parse(body) as Arrived
    }

    const codeOf = ({ body }: RawAnswer) => /"code":"(\w+)"/.exec(body)?.[1]
    const valuesOf = ({ rawHeaders }: Arrived, name: string) =>
      rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)

    it('each tenant reaches its own deployment, whose adapter takes what arrives', async () => {
      for (const [tenant, deployment] of [
        ['tenant-a', 'order.pool'],
        ['tenant-b', 'order.3f9c2a71'],
      ] as const) {
        const arrived = await arrives(tenant)
        assert.deepEqual(
          [arrived.tenant, arrived.deployment, arrived.url],
          [tenant, deployment, '/orders/1?x=%20'],
        )
      }
    })

    it('a service that is asked past the ingress, with the same access token, answers nobody', async () => {
      const headers = { authorization: `Bearer ${await plant.token()}` }
      for (const origin of plant.deployments.values())
        assert.equal((await fetch(`${origin}/orders`, { headers })).status, 401)
    })

    it('forged managed headers are overwritten or dropped, and each is there once', async () => {
      const arrived = await arrives('tenant-a', {
        headers: [
          ...[
            'Txn-Token: forged',
            'Tenantry-Caller: forged',
            'Tenantry-Deployment: order.3f9c2a71',
            'X-Request-Id: forged',
          ],
          ...[
            'Tracestate: forged=1',
            'Forwarded: host=forged',
            'X-Real-IP: 192.0.2.1',
            'X-Forwarded-Host: forged',
            'Traceparent: forged',
          ],
        ],
      })
      assert.deepEqual([arrived.tenant, arrived.deployment], ['tenant-a', 'order.pool'])
      assert.doesNotMatch(arrived.rawHeaders.join(), /forged|192\.0\.2\.1|order\.3f9c2a71/)
      for (const name of ['txn-token', 'tenantry-caller', 'x-request-id', 'traceparent', 'x-forwarded-host'])
        assert.equal(valuesOf(arrived, name).length, 1, name)
      for (const name of ['authorization', 'tenantry-active-tenant', 'tenantry-deployment'])
        assert.deepEqual(valuesOf(arrived, name), [], name)
    })

    it('the request’s id is one, from the log to the answer', async () => {
      const answer = await ask('tenant-a')
      const arrived = JSON.parse(answer.body) as Arrived
      assert.deepEqual(valuesOf(arrived, 'x-request-id'), [arrived.requestId])
      assert.equal(answer.headers.get('x-request-id'), arrived.requestId)
    })

    it('a look-alike of a managed header is dropped or refused, and never arrives', async () => {
      for (const name of [
        'Txn_Token',
        'Tenantry_Caller',
        'Tenantry_Deployment',
        'X_Request_Id',
        'Txn.Token',
      ]) {
        const answer = await ask('tenant-a', { headers: [`${name}: forged`] })
        if (answer.status === 200) assert.ok(!answer.body.includes('forged'), name)
        else assert.deepEqual([answer.status, codeOf(answer)], [400, 'REQUEST_AMBIGUOUS'], name)
      }
    })

    it('a managed header that nothing writes over is refused', async () => {
      for (const header of [
        'X-Tenant-Id: tenant-b',
        'tenantid: tenant-b',
        'ce-tenantid: tenant-b',
        'Tenantry-Anything: x',
      ])
        assert.equal(codeOf(await ask('tenant-a', { headers: [header] })), 'REQUEST_AMBIGUOUS', header)
    })

    it('what is given twice is refused', async () => {
      const other = `Authorization: Bearer ${await plant.token({ tenant: 'tenant-b' })}`
      for (const headers of [
        [other],
        ['Host: shop.example'],
        ['Host: tenant-b.shop.example'],
        ['Content-Type: a', 'Content-Type: b'],
      ]) {
        const answer = await ask('tenant-a', { headers })
        assert.equal(answer.status, 400, headers.join())
        assert.ok(!answer.body.includes('tenant-'))
      }
      const twice = ['Tenantry-Active-Tenant: tenant-a', 'Tenantry-Active-Tenant: tenant-b']
      assert.equal((await ask(['tenant-a', 'tenant-b'], { headers: twice })).status, 400)
    })

    it('`Connection` takes none of our headers away', async () => {
      const answer = await ask('tenant-a', {
        headers: ['Connection: Txn-Token, Tenantry-Caller, Authorization'],
      })
      if (answer.status === 200) assert.equal(valuesOf(JSON.parse(answer.body), 'txn-token').length, 1)
      else assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`)
    })

    it('an absolute target and a path in another than its plain form never reach another tenant', async () => {
      const absolute = await ask('tenant-a', {
        start: 'GET http://tenant-b.shop.example/orders HTTP/1.1',
        host: 'tenant-a.shop.example',
      })
      assert.ok([400, 403].includes(absolute.status), `${absolute.status}`)
      for (const path of [
        '/orders/../orders',
        '//orders',
        '/orders/%2e%2e/orders',
        '/orders%2f1',
        '/orders;x',
        '/orders/%00',
      ]) {
        const { status } = await ask('tenant-a', { start: `GET ${path} HTTP/1.1` })
        assert.ok([400, 404].includes(status), `${path} ${status}`)
      }
      assert.equal(codeOf(await ask('tenant-a', { start: 'GET /nothing HTTP/1.1' })), 'ROUTE_UNKNOWN')
    })

    it('without a token, or with one that is not good, it is 401 and no service hears of it', async () => {
      for (const headers of [[], ['Authorization: Bearer e30.e30.e30'], ['Authorization: Basic eDp4']]) {
        const answer = await ask(undefined, { headers })
        assert.equal(answer.status, 401)
        assert.match(codeOf(answer) ?? '', /^ACCESS_TOKEN_/)
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
      }
    })

    it('a token of one tenant on the other’s subdomain is 403, and its own is served', async () => {
      assert.equal(
        (await arrives('tenant-b', { host: 'Tenant-B.shop.example:8080' })).deployment,
        'order.3f9c2a71',
      )
      const answer = await ask('tenant-a', { host: 'tenant-b.shop.example' })
      assert.deepEqual([answer.status, codeOf(answer)], [403, 'TENANT_MISMATCH'])
      assert.ok(!answer.body.includes('tenant-'))
      const both = ['tenant-a', 'tenant-b']
      assert.equal((await arrives(both, { host: 'tenant-b.shop.example' })).tenant, 'tenant-b')
      assert.equal(
        (await arrives(both, { headers: ['Tenantry-Active-Tenant: tenant-a'] })).tenant,
        'tenant-a',
      )
    })

    it('a suspended tenant is refused, and served again when it is activated', async () => {
      const suspended = await ask('tenant-s')
      assert.deepEqual([suspended.status, codeOf(suspended)], [403, 'TENANT_SUSPENDED'])
      plant.setStatus('tenant-s', 'active')
      await until(async () => (await ask('tenant-s')).status === 200)
      plant.setStatus('tenant-s', 'suspended')
      await until(async () => (await ask('tenant-s')).status === 403)
    })

    it('a body arrives whole, whatever its framing; one over 1 MiB is refused', async () => {
      const start = 'POST /orders HTTP/1.1'
      const sized = await arrives('tenant-a', {
        start,
        headers: ['Content-Length: 1000000'],
        body: 'x'.repeat(1_000_000),
      })
      assert.deepEqual([sized.method, sized.bytes], ['POST', 1_000_000])
      const chunked = await arrives('tenant-a', {
        start,
        headers: ['Transfer-Encoding: chunked'],
        body: '5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n',
      })
      assert.equal(chunked.bytes, 11)
      const large = await ask('tenant-a', {
        start,
        headers: ['Content-Length: 2000000'],
        body: 'x'.repeat(2_000_000),
      })
      assert.ok(large.status >= 400 || Number.isNaN(large.status), `${large.status}`)
    })

    /** Sends the parts 300 ms apart, and reads the answer's as they come, with the time of each. */
    async function stream(
      path: string,
      parts: string[],
    ): Promise<{ response: IncomingMessage; got: [string, number][] }> {
      const headers = { authorization: `Bearer ${await plant.token({ tenant: 'tenant-b' })}` }
      const call = request(`${plant.origin}${path}`, { method: 'POST', headers })
      const answered = once(call, 'response')
      for (const [index, part] of parts.entries()) {
        if (index > 0) await sleep(300)
        call.write(part)
      }
      call.end()
      const [response] = (await answered) as [IncomingMessage]
      const got: [string, number][] = []
      for await (const part of response) got.push([String(part), performance.now()])
      return { response, got }
    }

    it('a body goes on while it is sent', async () => {
      const { got } = await stream('/orders', ['first', 'last'])
      const { bytes, spreadMs } = JSON.parse(got.map(([text]) => text).join('')) as Arrived
      assert.equal(bytes, 9)
      assert.ok(spreadMs > 200, `${spreadMs}`)
    })

    it('an answer comes while it is written, and holds no token', async () => {
      const { response, got } = await stream('/orders/slowly', ['x'])
      assert.deepEqual(
        got.map(([text]) => text),
        ['first', 'last'],
      )
      assert.ok((got[1]?.[1] ?? 0) - (got[0]?.[1] ?? 0) > 200)
      for (const name of ['txn-token', 'tenantry-caller', 'tenantry-deployment'])
        assert.equal(response.headers[name], undefined)
    })

    // What a program cannot is in the documentation’s table.
    if (duplex)
      it('both directions stream at once', async () => {
        const headers = { authorization: `Bearer ${await plant.token({ tenant: 'tenant-b' })}` }
        const call = request(`${plant.origin}/orders/echo`, { method: 'POST', headers })
        call.write('first')
        const [response] = (await once(call, 'response')) as [IncomingMessage]
        const parts = response[Symbol.asyncIterator]()
        assert.equal(String((await parts.next()).value), 'first')
        const second = randomBytes(100_000)
        call.end(second)
        const rest: Buffer[] = []
        for (let part = await parts.next(); !part.done; part = await parts.next())
          rest.push(part.value as Buffer)
        assert.deepEqual(Buffer.concat(rest), second)
      })

    it('a service is sent as many requests as are answered, also where two lengths are given', async () => {
      const authorization = `Authorization: Bearer ${await plant.token()}`
      for (const framing of [
        ['Content-Length: 6', 'Transfer-Encoding: chunked'],
        ['Transfer-Encoding: chunked', 'Content-Length: 6'],
        ['Content-Length: 6', 'Content-Length: 5'],
        ['Content-Length: 0', 'Transfer-Encoding: xchunked'],
        ['Content-Length: +5'],
      ]) {
        const { count } = await arrives('tenant-a')
        const { socket, received } = openRaw(plant.origin)
        const head = ['POST /orders HTTP/1.1', 'Host: shop.example', authorization, ...framing]
        const second = [
          'GET /orders/second HTTP/1.1',
          'Host: shop.example',
          authorization,
          'Connection: close',
        ]
        socket.write(`${head.join('\r\n')}\r\n\r\n0\r\n\r\n${second.join('\r\n')}\r\n\r\n`)
        await sleep(200)
        socket.destroy()
        const answered = received().split('"deployment"').length - 1
        assert.equal((await arrives('tenant-a')).count, count + answered + 1, framing.join())
      }
    })

    it('while the endpoint is down nobody is let in, and afterwards everybody is', async () => {
      await plant.killGateway()
      for (const tenant of ['tenant-a', 'tenant-b', undefined]) {
        const { status } = await ask(tenant)
        assert.ok(status >= 500, `${status}`)
      }
      await plant.startGateway()
      await until(async () => (await ask('tenant-a')).status === 200)
    })
  })
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await holds()) return
    await sleep(50)
  }
  assert.fail('it did not come to hold within 5 s')
}
