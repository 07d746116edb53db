import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type RunningConsole, startConsole } from '../../../test/running-console.ts'

let running: RunningConsole
before(async () => {
  running = await startConsole({
    routes: (app) =>
      app.get('/stream', (_request, reply) => {
        reply.hijack()
        reply.raw.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      }),
  })
})
after(() => running.close())

const at = (path: string) => `${running.url}${path}`
const own = { 'x-tenantry-console': '1' }
const codeOf = async (answer: Response) => ((await answer.json()) as { code?: string }).code

describe('a session', () => {
  test('is over when its operator signs out, on the server too', async () => {
    const browser = await running.signedIn()
    const stolen = browser.cookies(running.url)
    const answer = await browser.fetch(at('/sign-out'), { method: 'POST', headers: own })
    assert.equal(answer.status, 204)
    assert.equal(browser.cookie(running.url, 'tenantry-session'), undefined)
    const again = await fetch(at('/session'), { headers: { cookie: stolen } })
    assert.equal(again.status, 401)
    assert.equal(await codeOf(again), 'SESSION_MISSING')
  })

  test('gets a new id at each sign-in, and the one before is over', async () => {
    const browser = await running.signedIn()
    const before = browser.cookie(running.url, 'tenantry-session') ?? ''
    await browser.visit(at('/sign-in'))
    const now = browser.cookie(running.url, 'tenantry-session') ?? ''
    assert.notEqual(now, before)
    assert.equal((await browser.fetch(at('/session'))).status, 200)
    assert.equal(
      (await fetch(at('/session'), { headers: { cookie: `tenantry-session=${before}` } })).status,
      401,
    )
  })

  test('ends after 30 minutes without a request', async () => {
    const browser = await running.signedIn()
    running.passMs(29 * 60_000)
    assert.equal((await browser.fetch(at('/session'))).status, 200)
    running.passMs(30 * 60_000)
    assert.equal((await browser.fetch(at('/session'))).status, 401)
  })

  test('ends with what is still being sent to it, and what was not begun is answered', async () => {
    const browser = await running.signedIn()
    const other = await running.signedIn()
    const [stream, others] = [await browser.fetch(at('/stream')), await other.fetch(at('/stream'))]
    const answer = await browser.fetch(at('/sign-out'), { method: 'POST', headers: own })
    assert.equal(answer.status, 204)
    await assert.rejects(stream.text(), 'it is cut off')
    const reader = others.body?.getReader()
    assert.equal((await reader?.read())?.done, false, 'another’s goes on')
    await reader?.cancel()
  })

  test('is found by its own cookie alone: no id, a guess, another name and two of them are 401', async () => {
    const browser = await running.signedIn()
    const id = browser.cookie(running.url, 'tenantry-session') ?? ''
    for (const cookie of [
      ...[
        '',
        'tenantry-session=',
        `tenantry-session=${'A'.repeat(43)}`,
        `session=${id}`,
        `__Host-tenantry-session=${id}`,
      ],
      `tenantry-session=${id}; tenantry-session=${id}`,
    ]) {
      const answer = await fetch(at('/tenants'), { headers: { cookie } })
      assert.equal(answer.status, 401, cookie)
      assert.equal(await codeOf(answer), 'SESSION_MISSING')
    }
  })

  test('does not stand in for a token that is wrong', async () => {
    const browser = await running.signedIn()
    const answer = await browser.fetch(at('/tenants'), { headers: { authorization: 'Bearer x' } })
    assert.equal(answer.status, 401)
    assert.equal(await codeOf(answer), 'ADMIN_REFUSED')
  })
})
