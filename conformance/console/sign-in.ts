import type { Page } from 'playwright-core'

/** Signs the demo's operator in, as a person would: by the page's own button, at the identity provider. */
export async function signIn(page: Page, consoleUrl: string): Promise<void> {
  await page.goto(consoleUrl)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'operator' }).click()
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
}
