import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Browser } from '../../packages/platform/test/browser.ts'
import { eventually } from './eventually.ts'
import type { RunningSystem } from './running-system.ts'

/** Who operates in a browser, and who cannot. */
export function describeConsole(system: RunningSystem): void {
  const url = `http://localhost:${system.env.TENANTRY_CONTROL_PORT}`
  const callback = `${url}/sign-in/callback`
  const signIn = async (login: string) => {
    const browser = new Browser()
    const { url: chooser } = await browser.visit(`${url}/sign-in`)
    const { url: back, answer } = await browser.choose(chooser, login, callback)
    if (back.startsWith(callback)) await browser.visit(back)
    return { browser, answer }
  }

  describe('the console', () => {
    it('is told of when everything runs, with who signs in', () => {
      assert.ok(system.output.includes(url))
      assert.match(system.output, /sign in as `operator`, without a password/)
    })

    it('lets the demo’s operator see tenants and their newest requests, the newest first', async () => {
      const { browser } = await signIn('operator')
      const session = await browser.fetch(`${url}/session`)
      assert.deepEqual(await session.json(), { operator: { subject: 'operator', name: 'Demo operator' } })
      await system.product('tenant-a', '1')
      await system.product('tenant-b', '1')
      let newest: Record<string, unknown> = {}
      await eventually(5_000, async () => {
        const answer = await browser.fetch(`${url}/requests?tenant=tenant-a&limit=1`)
        const { requests, unread } = (await answer.json()) as { requests: (typeof newest)[]; unread: [] }
        assert.deepEqual(unread, [])
        newest = requests[0] ?? {}
        return newest.method === 'POST'
      })
      const { tenant, tier, route, service, deployment, status } = newest
      assert.deepEqual(
        [tenant, tier, route, service, deployment, status],
        ['tenant-a', 'basic', '/products', 'product', 'product.pool', 201],
      )
    })

    it('lets the operator suspend a tenant from the page alone, and not after signing out', async () => {
      const { browser } = await signIn('operator')
      const post = (path: string, headers: Record<string, string>) =>
        browser.fetch(`${url}${path}`, { method: 'POST', headers })
      const own = { 'x-tenantry-console': '1', origin: url, 'sec-fetch-site': 'same-origin' }
      assert.equal((await post('/tenants/tenant-e/suspend', {})).status, 403)
      assert.equal((await post('/tenants/tenant-e/suspend', own)).status, 200)
      assert.equal((await post('/tenants/tenant-e/activate', own)).status, 200)
      assert.equal((await post('/sign-out', own)).status, 204)
      assert.equal((await post('/tenants/tenant-e/suspend', own)).status, 401)
    })

    it('lets no user of a tenant in, whatever the role, and no token of theirs', async () => {
      for (const login of ['admin@tenant-a', 'seller@tenant-c']) {
        const { browser, answer } = await signIn(login)
        assert.equal(answer.status, 400)
        assert.equal((await browser.fetch(`${url}/session`)).status, 401)
      }
      const token = await system.token('tenant-a', 'admin')
      assert.equal((await system.operate('/session', { token })).status, 401)
    })
  })
}
