import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { eventually } from '../end-to-end/eventually.ts'
import type { OpenedConsole } from './opened-console.ts'

const places = [
  '#/',
  '#/tenants',
  '#/tenants/tenant-b',
  '#/map',
  '#/requests',
  '#/isolation',
  '#/events',
] as const

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What axe finds that keeps somebody from using the page as it is. */
export async function findBarriers(page: Page): Promise<string[]> {
  // By the debugger's door: the page's own policy lets no other script in.
  await page.evaluate(axe.source)
  const violations = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as Violation[]
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`))
}

export function describeAccessibility(console: OpenedConsole): void {
  describe('the console, to who sees, hears or points otherwise', () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const place of places) {
        it(`has no barrier at ${place}, ${colorScheme}`, async () => {
          const { page } = console
          await page.emulateMedia({ colorScheme })
          await console.goTo(place)
          await page.locator('main .panel, main .long-table').first().waitFor()
          await eventually(10_000, async () => (await page.locator('.is-waiting').count()) === 0)
          assert.deepEqual(await findBarriers(page), [])
        })
      }

      it(`has no barrier in a request that is explained, or a dialog, ${colorScheme}`, async () => {
        const { page } = console
        await page.emulateMedia({ colorScheme })
        await console.goTo('#/requests')
        await page.locator('.request-table a[href^="#/requests/"]').first().click()
        await console.panel('Way').getByRole('button').first().click()
        assert.deepEqual(await findBarriers(page), [])
        await console.goTo('#/tenants')
        await page.getByRole('button', { name: 'Onboard a tenant' }).click()
        assert.deepEqual(await findBarriers(page), [])
        await page.keyboard.press('Escape')
      })
    }

    it('fits a window of 1,000 pixels, and a narrow one, without a scroll to the side', async () => {
      const { page } = console
      for (const width of [1_000, 480]) {
        await page.setViewportSize({ width, height: 900 })
        for (const place of places) {
          await console.goTo(place)
          await page.getByRole('heading', { level: 1 }).waitFor()
          const over = await page.evaluate(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          )
          assert.ok((over as number) <= 0, `${place} at ${width}: ${over} px`)
        }
      }
      await page.setViewportSize({ width: 1_440, height: 900 })
    })
  })
}
