import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from '../end-to-end/eventually.ts'
import type { OpenedConsole } from './opened-console.ts'

export function describeRequests(console: OpenedConsole): void {
  const { system } = console

  describe('the requests', () => {
    it('are the newest of the gateways, of one tenant where that is asked for', async () => {
      const { page } = console
      await console.goTo('#/requests')
      const rows = page.getByRole('row')
      await eventually(10_000, async () => (await rows.count()) > 50)
      const tenants = async () =>
        new Set(await page.locator('.request-table tbody td:nth-child(3)').allInnerTexts())
      assert.ok((await tenants()).size > 1)
      await page.getByRole('searchbox', { name: 'Tenant' }).fill('tenant-c')
      await page.keyboard.press('Enter')
      await eventually(5_000, async () => [...(await tenants())].join() === 'tenant-c')
    })

    it('are explained by an id that is pasted: whose it was, what placed it, and every hop on one scale', async () => {
      const { page } = console
      const product = await system.product('tenant-b', '3.50')
      const { headers } = await system.call('tenant-b', 'POST', '/orders', {
        name: 'An order',
        products: [product],
      })
      const id = headers.get('x-request-id') ?? ''
      await console.goTo('#/requests')
      await page.getByRole('searchbox', { name: 'Id of a request, an event or a trace' }).fill(id)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'POST /orders' }).waitFor()
      await page.getByText('tiers.advanced.placement.*').waitFor()
      await page.getByRole('link', { name: 'tenant-b' }).waitFor()
      const way = console.panel('Way')
      await eventually(15_000, async () => (await way.getByRole('listitem').count()) >= 13)
      const hop = way.getByRole('button', { name: /handled order\.fulfilled → 204/ })
      await hop.focus()
      await page.keyboard.press('Enter')
      assert.equal(await hop.getAttribute('aria-expanded'), 'true')
      await way
        .getByText(/^invoice\.[0-9a-f]{8}$/)
        .first()
        .waitFor()
    })

    it('that were refused say by whom, with which code and which setting', async () => {
      const { page } = console
      await system.tenantry('limit', 'tenant-e', '--requests-per-second', '0.01')
      let id = ''
      await eventually(10_000, async () => {
        const { status, headers } = await system.call('tenant-e', 'GET', '/products')
        id = headers.get('x-request-id') ?? ''
        return status === 429
      })
      await console.goTo(`#/requests/${id}`)
      await page.getByText('Refused by gateway with 429.').waitFor()
      await page.getByText('LIMIT_EXCEEDED').first().waitFor()
      await page.getByText('tenantry limit tenant-e').waitFor()
      await system.tenantry('limit', 'tenant-e', '--clear')
    })

    it('that nobody knows are told of with the next step', async () => {
      await console.goTo('#/requests/00000000-0000-4000-8000-000000000000')
      await console.page.getByText('REQUEST_UNKNOWN').waitFor()
    })
  })
}
