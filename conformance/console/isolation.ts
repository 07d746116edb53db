import { describe, it } from 'node:test'
import { asSuperuser } from './broken-subscriber.ts'
import type { OpenedConsole } from './opened-console.ts'

export function describeIsolation(console: OpenedConsole): void {
  const { system } = console

  describe('the page of isolation', () => {
    it('says that there is no hole, and lists each check that holds', async () => {
      const { page } = console
      await console.goTo('#/isolation')
      await page.getByText('No hole in 4 databases').waitFor()
      await page.getByText('tenantry_pool').click()
      await page.locator('details[open]').getByText('ROW_SECURITY_OFF').waitFor()
    })

    it('shows a hole first, where it is and what to do', async () => {
      const { page } = console
      await asSuperuser(system, 'tenantry_pool', 'alter table product.products no force row level security')
      await page.getByRole('button', { name: 'Read again' }).click()
      await page.getByText('1 of 4 databases with a hole').waitFor()
      const hole = page
        .getByRole('list', { name: 'What does not hold' })
        .first()
        .getByRole('listitem')
        .first()
      await hole.getByText('FORCE_MISSING').waitFor()
      await hole.getByText('product.products').waitFor()
      await hole.locator('.finding-mend').waitFor()
      await asSuperuser(system, 'tenantry_pool', 'alter table product.products force row level security')
      await page.getByRole('button', { name: 'Read again' }).click()
      await page.getByText('No hole in 4 databases').waitFor()
    })
  })
}
