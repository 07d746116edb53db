import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from '../end-to-end/eventually.ts'
import type { OpenedConsole } from './opened-console.ts'

export function describeOverview(console: OpenedConsole): void {
  describe('the overview', () => {
    it('shows what is asked of the gateway at this moment, and goes on by itself', async () => {
      await console.goTo('#/')
      const figure = console.panel('Requests').locator('.big-figure b')
      const seen = new Set<string>()
      await eventually(15_000, async () => {
        const text = await figure.innerText()
        if (Number(text) > 0) seen.add(text)
        return seen.size >= 2
      })
      await console.page.getByText('Live', { exact: true }).waitFor()
      assert.match(
        await console.panel('Time to answer').locator('.big-figure').innerText(),
        /^\d+(\.\d+)? m?s p95$/,
      )
    })

    it('names the busiest tenants, the busiest first, each a link to its page', async () => {
      const rows = console.panel('Busiest tenants').getByRole('row')
      await eventually(15_000, async () => (await rows.count()) === 6)
      const names = await console.panel('Busiest tenants').getByRole('rowheader').allInnerTexts()
      assert.deepEqual(names.slice(0, 2), ['tenant-a', 'tenant-b'])
      const link = rows.nth(1).getByRole('link')
      assert.equal(await link.getAttribute('href'), '#/tenants/tenant-a')
    })

    it('adds deployments up to services', async () => {
      const services = console.panel('Services')
      for (const name of ['fulfillment', 'gateway', 'invoice', 'order', 'product'])
        await services.getByRole('row', { name: new RegExp(`^${name} \\d`) }).waitFor()
    })

    it('says that nothing needs attention while nothing does', async () => {
      await console.panel('Needs attention').getByText('All 12 deployments run').waitFor()
    })
  })
}
