import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Browser } from '../../../test/browser.ts'
import { authorizationUrl, obtainTokens } from '../../../test/obtain-tokens.ts'
import { type RunningConsole, startConsole } from '../../../test/running-console.ts'
import { createAccessTokenVerifier } from '../../access-token/verify-access-token.ts'

let running: RunningConsole
before(async () => {
  running = await startConsole()
})
after(() => running.close())

const own = { 'x-tenantry-console': '1' }
const at = (path: string) => `${running.url}${path}`

describe('signing in', () => {
  test('the operator of the demo is signed in, and may do what the admin token may', async () => {
    const browser = await running.signedIn()
    const session = await browser.fetch(at('/session'))
    assert.deepEqual(await session.json(), { operator: { subject: 'operator', name: 'Demo operator' } })
    assert.deepEqual(await (await browser.fetch(at('/tenants'))).json(), { tenants: [{ id: 'tenant-a' }] })
    const before = running.suspended.length
    assert.equal(
      (await browser.fetch(at('/tenants/tenant-a/suspend'), { method: 'POST', headers: own })).status,
      200,
    )
    assert.equal(running.suspended.length, before + 1)
  })

  test('the issuer is sent a code challenge, a state and a nonce, and the browser keeps nothing that can be read', async () => {
    const browser = new Browser()
    const answer = await browser.fetch(at('/sign-in'))
    const { searchParams } = new URL(answer.headers.get('location') ?? '')
    assert.equal(searchParams.get('code_challenge_method'), 'S256')
    for (const name of ['code_challenge', 'state', 'nonce'])
      assert.match(searchParams.get(name) ?? '', /^[\w-]{43}$/)
    assert.equal(searchParams.get('redirect_uri'), at('/sign-in/callback'))
    const [cookie = ''] = answer.headers.getSetCookie()
    assert.match(cookie, /^tenantry-sign-in=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/)
    const sealed =
      Buffer.from(cookie, 'latin1').toString() +
      Buffer.from(cookie.split('.')[3] ?? '', 'base64url').toString('latin1')
    assert.ok(!sealed.includes(searchParams.get('state') ?? ''), 'it is encrypted')
  })

  test('the session’s cookie is for this host and no script, and no answer has a token', async () => {
    const browser = new Browser()
    const { url: chooser } = await browser.visit(at('/sign-in'))
    const back = await browser.choose(chooser, 'operator', at('/sign-in/callback'))
    const answer = await browser.fetch(back.url)
    assert.equal(answer.headers.get('location'), '/')
    const cookies = answer.headers.getSetCookie()
    assert.equal(cookies.length, 2)
    assert.match(cookies.join('\n'), /^tenantry-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/m)
    assert.match(cookies.join('\n'), /^tenantry-sign-in=; .*Max-Age=0$/m)
    assert.doesNotMatch(cookies.join() + (await answer.text()), /eyJ/)
  })

  test('no user of a tenant signs in to the console, its admin neither', async () => {
    for (const login of ['admin@tenant-a', 'operator@tenant-a', 'tenant-a', '']) {
      const browser = new Browser()
      const { url: chooser } = await browser.visit(at('/sign-in'))
      const { answer } = await browser.choose(chooser, login, at('/sign-in/callback'))
      assert.equal(answer.status, 400, login)
      assert.equal(browser.cookie(running.url, 'tenantry-session'), undefined)
    }
  })

  test('a tenant’s admin who is signed in at the issuer already is asked to sign in as an operator', async () => {
    const browser = new Browser()
    await obtainTokens(running, 'shop', 'admin@tenant-a', browser)
    const { url, answer } = await browser.visit(at('/sign-in'), at('/sign-in/callback'))
    assert.match(url, /\/interaction\//)
    assert.match(await answer.text(), /Sign in to the console/)
    const { answer: refused } = await browser.choose(url, 'admin@tenant-a', at('/sign-in/callback'))
    assert.equal(refused.status, 400)
  })

  test('an operator signs in to no client of tenants, and no token of the issuer’s is one for the shop', async () => {
    const browser = await running.signedIn()
    const { answer } = await browser.visit(authorizationUrl(running, 'shop'))
    assert.match(await answer.text(), /Sign in to the demo/)
    const verifier = createAccessTokenVerifier(running.config.identity)
    const tokens = await obtainTokens(running, 'console', 'operator')
    for (const token of [tokens.id_token, tokens.access_token])
      await assert.rejects(verifier.verify(token), { code: 'ACCESS_TOKEN_INVALID' })
  })

  test('a resource of tenants is not given to the console’s client', async () => {
    const { answer } = await new Browser().visit(
      `${authorizationUrl(running, 'console')}&resource=urn:tenantry:shop`,
      at('/'),
    )
    assert.equal(answer.status, 303)
    assert.match(answer.headers.get('location') ?? '', /error=invalid_target/)
  })
})

describe('a callback that was not asked for', () => {
  test('is refused without the cookie of the browser that began, so that nobody is signed in as somebody else', async () => {
    const attacker = new Browser()
    const { url: chooser } = await attacker.visit(at('/sign-in'))
    const back = await attacker.choose(chooser, 'operator', at('/sign-in/callback'))
    const victim = new Browser()
    const answer = await victim.fetch(back.url)
    assert.equal(answer.status, 400)
    assert.match(await answer.text(), /SIGN_IN_UNKNOWN/)
    const other = new Browser()
    await other.fetch(at('/sign-in'))
    assert.equal((await other.fetch(back.url)).status, 400, 'another sign-in’s cookie is none for it')
    assert.equal(other.cookie(running.url, 'tenantry-session'), undefined)
  })

  test('with a forged, a doubled or no state it is refused, and the issuer is asked nothing', async () => {
    for (const change of [
      (query: URLSearchParams) => query.set('state', 'x'.repeat(43)),
      (query: URLSearchParams) => query.append('state', query.get('state') ?? ''),
      (query: URLSearchParams) => query.delete('state'),
    ]) {
      const browser = new Browser()
      const { url: chooser } = await browser.visit(at('/sign-in'))
      const { url } = await browser.choose(chooser, 'operator', at('/sign-in/callback'))
      const forged = new URL(url)
      change(forged.searchParams)
      const answer = await browser.fetch(forged.href)
      assert.equal(answer.status, 400)
      assert.match(await answer.text(), /SIGN_IN_UNKNOWN/)
    }
  })

  test('is answered once: neither the cookie nor the code is good again', async () => {
    const browser = new Browser()
    const { url: chooser } = await browser.visit(at('/sign-in'))
    const { url } = await browser.choose(chooser, 'operator', at('/sign-in/callback'))
    const kept = browser.cookie(running.url, 'tenantry-sign-in') ?? ''
    assert.equal((await browser.fetch(url)).status, 302)
    assert.equal((await browser.fetch(url)).status, 400)
    browser.setCookie(running.url, 'tenantry-sign-in', kept)
    const again = await browser.fetch(url)
    assert.equal(again.status, 403)
    assert.match(await again.text(), /SIGN_IN_REFUSED/)
  })

  test('with a cookie that this process did not seal it is refused', async () => {
    const browser = new Browser()
    for (const value of ['x', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..a.b.c', 'a.b.c']) {
      browser.setCookie(running.url, 'tenantry-sign-in', value)
      assert.equal((await browser.fetch(at('/sign-in/callback?code=x&state=x'))).status, 400)
    }
  })

  test('an error of the issuer is told as a page, and nothing that it says is markup', async () => {
    const browser = new Browser()
    const begun = await browser.fetch(at('/sign-in'))
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state')
    const query = new URLSearchParams({
      error: 'access_denied',
      error_description: '<script>',
      state: state ?? '',
      iss: running.issuer,
    })
    const answer = await browser.fetch(at(`/sign-in/callback?${query}`))
    assert.equal(answer.status, 403)
    assert.match(answer.headers.get('content-type') ?? '', /html/)
    assert.doesNotMatch(await answer.text(), /<script>/)
    const { code, reason, operator } = JSON.parse(running.log.at(-1) ?? '')
    assert.deepEqual([code, operator], ['SIGN_IN_REFUSED', undefined])
    assert.match(reason, /access_denied/)
  })
})
