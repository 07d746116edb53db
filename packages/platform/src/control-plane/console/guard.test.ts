import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ask } from '../../../test/ask.ts'
import type { Browser } from '../../../test/browser.ts'
import { obtainTokens } from '../../../test/obtain-tokens.ts'
import { adminToken, metricsToken, type RunningConsole, startConsole } from '../../../test/running-console.ts'

let running: RunningConsole
before(async () => {
  running = await startConsole()
})
after(() => running.close())

const at = (path: string) => `${running.url}${path}`
const own = { 'x-tenantry-console': '1' }
const suspend = (browser: Browser, headers: Record<string, string> = own) =>
  browser.fetch(at('/tenants/tenant-a/suspend'), { method: 'POST', headers })
const codeOf = async (answer: Response) => ((await answer.json()) as { code?: string }).code

describe('the operators’ API', () => {
  test('takes the admin token, and no token of the issuer’s, whatever role it names', async () => {
    const { id_token: ofOperator, access_token: opaque } = await obtainTokens(running, 'console', 'operator')
    const { access_token: ofAdmin, id_token: idOfAdmin } = await obtainTokens(
      running,
      'shop',
      'admin@tenant-a',
    )
    for (const token of [ofOperator, opaque, ofAdmin, idOfAdmin, 'x', '']) {
      for (const path of ['/tenants', '/session', '/metrics', '/requests', '/nothing']) {
        assert.equal(
          (await fetch(at(path), { headers: { authorization: `Bearer ${token}` } })).status,
          401,
          path,
        )
      }
    }
    const headers = { authorization: `Bearer ${adminToken}` }
    assert.equal((await fetch(at('/tenants'), { headers })).status, 200)
    assert.equal((await fetch(at('/tenants/tenant-a/suspend'), { method: 'POST', headers })).status, 200)
  })

  test('takes the metrics token for the page of metrics alone, as no operator', async () => {
    const headers = { authorization: `Bearer ${metricsToken}` }
    running.log.length = 0
    assert.equal((await fetch(at('/metrics'), { headers })).status, 200)
    assert.deepEqual(running.log, [])
    for (const path of ['/tenants', '/metrics/', '/live', '/config', '/usage', '/session', '/nothing'])
      assert.equal((await fetch(at(path), { headers })).status, 401, path)
    for (const path of ['/metrics', '/apply', '/tenants/tenant-a/suspend'])
      assert.equal((await fetch(at(path), { method: 'POST', headers })).status, 401, path)
  })

  test('no session applies a configuration, which says what programs run, or names a database elsewhere', async () => {
    const browser = await running.signedIn()
    for (const path of ['/apply', '/keys/install']) {
      const answer = await browser.fetch(at(path), {
        method: 'POST',
        headers: { 'x-tenantry-console': '1', 'content-type': 'application/json' },
        body: '{}',
      })
      assert.equal(answer.status, 401, path)
      assert.equal(await codeOf(answer), 'ADMIN_REFUSED')
    }
  })

  test('changes nothing for a session without the header that no form sends', async () => {
    const browser = await running.signedIn()
    const before = running.suspended.length
    const sent: Record<string, string>[] = [
      {},
      { 'x-tenantry-console': '0' },
      { 'content-type': 'text/plain' },
    ]
    for (const headers of sent) {
      const answer = await suspend(browser, headers)
      assert.equal(answer.status, 403)
      assert.equal(await codeOf(answer), 'REQUEST_CROSS_SITE')
    }
    assert.equal((await browser.fetch(at('/sign-out'), { method: 'POST' })).status, 403)
    assert.equal(running.suspended.length, before)
  })

  test('changes nothing for a page of another origin, on this machine neither, and tells it nothing', async () => {
    const browser = await running.signedIn()
    const before = running.suspended.length
    for (const headers of [
      ...['cross-site', 'same-site', 'none', 'x'].map((site) => ({ ...own, 'sec-fetch-site': site })),
      ...['http://localhost:8080', 'https://evil.example', 'null', `${running.url}.evil`].map((origin) => ({
        ...own,
        origin,
      })),
    ]) {
      assert.equal((await suspend(browser, headers)).status, 403, JSON.stringify(headers))
    }
    assert.equal(running.suspended.length, before)
    for (const site of ['cross-site', 'same-site'])
      assert.equal((await browser.fetch(at('/tenants'), { headers: { 'sec-fetch-site': site } })).status, 403)
    const same = { ...own, 'sec-fetch-site': 'same-origin', origin: running.url }
    assert.equal((await suspend(browser, same)).status, 200)
    assert.equal(
      (await browser.fetch(at('/tenants'), { headers: { 'sec-fetch-site': 'same-origin' } })).status,
      200,
    )
  })

  test('allows no other origin to read: there is no CORS', async () => {
    const answer = await fetch(at('/tenants'), {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'GET' },
    })
    assert.equal(answer.status, 401)
    assert.deepEqual(
      [...answer.headers.keys()].filter((name) => name.startsWith('access-control')),
      [],
    )
  })

  test('answers under its own names alone, so that a foreign name that leads here reaches nothing', async () => {
    const { port } = new URL(running.url)
    const authorization = `Bearer ${adminToken}`
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      `localhost:${port}@evil.example`,
      '0.0.0.0',
    ]) {
      for (const path of ['/', '/tenants', '/sign-in', '/health', '/assets/index-a1b2c3.js']) {
        const { status } = await ask(running.url, path, { host, authorization })
        assert.ok([400, 421].includes(status), `${host} ${path}: ${status}`)
      }
    }
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, 'localhost:1', `[::1]:${port}`])
      assert.equal((await ask(running.url, '/tenants', { host, authorization })).status, 200, host)
  })

  test('the page and the sign-in have one name: the address leads to it', async () => {
    const host = `127.0.0.1:${new URL(running.url).port}`
    for (const [path, location] of [
      ['/', '/'],
      ['/sign-in', '/sign-in'],
      ['/sign-in?to=https://evil.example', '/sign-in'],
    ]) {
      const answer = await ask(running.url, path ?? '', { host })
      assert.equal(answer.status, 302)
      assert.equal(answer.headers.get('location'), at(location ?? ''))
    }
  })

  test('records what an operator did under the operator’s name, and no token, cookie or query', async () => {
    const browser = await running.signedIn()
    running.log.length = 0
    await suspend(browser)
    await browser.fetch(at('/requests?limit=secret'))
    await suspend(browser, {})
    await fetch(at('/tenants'), { headers: { authorization: `Bearer ${adminToken}` } })
    await fetch(at('/tenants'), { headers: { authorization: 'Bearer guess' } })
    const lines = running.log.map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({ operator, method, route, id, status, code }) => [
        operator,
        method,
        route,
        id,
        status,
        code,
      ]),
      [
        ['operator', 'POST', '/tenants/:id/suspend', 'tenant-a', 200, undefined],
        ['operator', 'GET', '/requests', undefined, 400, 'BODY_INVALID'],
        [undefined, 'POST', '/tenants/:id/suspend', 'tenant-a', 403, 'REQUEST_CROSS_SITE'],
        ['admin-token', 'GET', '/tenants', undefined, 200, undefined],
        [undefined, 'GET', '/tenants', undefined, 401, 'ADMIN_REFUSED'],
      ],
    )
    const text = running.log.join('')
    for (const secret of [
      adminToken,
      'guess',
      'secret',
      browser.cookie(running.url, 'tenantry-session') ?? 'none',
    ])
      assert.ok(!text.includes(secret), secret)
  })
})
