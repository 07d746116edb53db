import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from '../end-to-end/eventually.ts'
import type { OpenedConsole } from './opened-console.ts'

export function describeMap(console: OpenedConsole): void {
  describe('the map', () => {
    it('draws every service with its pool and silos, and lines that move where something is called', async () => {
      const { page } = console
      await console.goTo('#/map')
      const map = console.panel('Map of services')
      await map.getByRole('heading', { name: 'invoice' }).waitFor()
      assert.equal(await map.locator('.node.is-pool').count(), 4)
      assert.equal(await map.locator('.node.is-silo').count(), 8)
      await eventually(15_000, async () => (await map.locator('.edge.is-moving').count()) >= 6)
      await page.getByRole('row', { name: /^gateway product\.pool \d/ }).waitFor()
    })

    it('stands still for who wants that', async () => {
      const { page } = console
      const name = () => page.evaluate(`getComputedStyle(document.querySelector('.edge-flow')).animationName`)
      assert.equal(await name(), 'flow')
      await page.emulateMedia({ reducedMotion: 'reduce' })
      assert.equal(await name(), 'none')
      await page.emulateMedia({ reducedMotion: null })
    })

    it('leads from a silo to its tenant', async () => {
      await console
        .panel('Map of services')
        .getByRole('link', { name: /tenant-b/ })
        .first()
        .click()
      await console.page.getByRole('heading', { name: 'tenant-b', level: 1 }).waitFor()
    })

    // A hundred silos are no deployments that a machine of tests could run: the list of them is made up on its way to the browser.
    it('folds a hundred silos into one, and unfolds them', async () => {
      const { page } = console
      await page.route('**/deployments', async (route) => {
        const answer = await route.fetch()
        const { deployments } = (await answer.json()) as {
          deployments: { service: string; tenant: string | null }[]
        }
        const order = deployments.find(({ service, tenant }) => service === 'order' && tenant !== null)
        const more = Array.from({ length: 101 }, (_, at) => ({
          ...order,
          id: `order.${at}`,
          tenant: `made-up-${at}`,
        }))
        await route.fulfill({ response: answer, json: { deployments: [...deployments, ...more] } })
      })
      await console.goTo('#/map')
      await page.getByRole('button', { name: '+97 silos' }).click()
      await eventually(2_000, async () => (await page.locator('.node.is-silo').count()) === 109)
      await page.getByRole('button', { name: 'Fold silos' }).click()
      await page.getByRole('button', { name: '+97 silos' }).waitFor()
      await page.unroute('**/deployments')
    })
  })
}
