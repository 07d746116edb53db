import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OpenedConsole } from './opened-console.ts'

export function describeKeyboard(console: OpenedConsole): void {
  const focused = (what: string) => console.page.evaluate(`document.activeElement?.${what}`)

  describe('the console without a mouse', () => {
    it('goes to each page by number and by letter, and takes the focus there', async () => {
      const { page } = console
      await console.goTo('#/')
      await page.getByRole('heading', { name: 'Overview' }).waitFor()
      for (const [keys, title] of [
        ['2', 'Tenants'],
        ['gm', 'Map'],
        ['gr', 'Requests'],
        ['5', 'Isolation'],
        ['ge', 'Events'],
        ['go', 'Overview'],
      ] as const) {
        await page.keyboard.type(keys)
        await page.getByRole('heading', { name: title, level: 1 }).waitFor()
        assert.equal(await focused('textContent'), title)
        assert.equal(await page.title(), `${title} · Tenantry`)
      }
    })

    it('searches with a slash, in which the other keys are letters', async () => {
      const { page } = console
      await console.goTo('#/tenants')
      await page.getByRole('row', { name: /tenant-a/ }).waitFor()
      await page.keyboard.type('/d2?')
      assert.equal(await focused('value'), 'd2?')
      assert.equal(await page.getByRole('dialog').count(), 0)
    })

    it('goes from row to row by arrows, and into one by Enter', async () => {
      const { page } = console
      await console.goTo('#/tenants')
      await page.getByRole('link', { name: 'tenant-a' }).focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowUp')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'tenant-b', level: 1 }).waitFor()
    })

    it('skips to the content by the first stop of the tab key, which is seen', async () => {
      const { page } = console
      await console.goTo('#/')
      await page.reload()
      await page.getByRole('row', { name: /tenant-a/ }).waitFor()
      await page.keyboard.press('Tab')
      assert.equal(await focused('textContent'), 'Skip to content')
      await page.keyboard.press('Enter')
      assert.equal(await focused('id'), 'content')
      await page.keyboard.press('Tab')
      assert.equal(await focused('closest("main") !== null'), true)
      assert.notEqual(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'none')
    })

    it('shows its keys, gives the focus back, and changes the theme', async () => {
      const { page } = console
      await page.getByRole('link', { name: 'Map' }).first().focus()
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor()
      await page.keyboard.press('Escape')
      assert.equal(await page.getByRole('dialog').count(), 0)
      assert.match(String(await focused('textContent')), /^Map/)
      const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
      const before = await ground()
      await page.keyboard.press('d')
      assert.notEqual(await ground(), before)
      await page.keyboard.press('d')
      assert.equal(await ground(), before)
    })
  })
}
