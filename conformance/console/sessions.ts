import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Locator } from 'playwright-core'
import type { RunningSystem } from '../end-to-end/running-system.ts'
import { findBarriers } from './accessibility.ts'
import type { OpenedConsole } from './opened-console.ts'

export function describeSignIn(console: OpenedConsole): void {
  describe('who is not signed in', () => {
    it('is shown the way in, and nothing else', async () => {
      const { page } = console
      await page.getByRole('link', { name: 'Sign in' }).waitFor()
      assert.equal(await page.getByRole('navigation').count(), 0)
      assert.deepEqual(await findBarriers(page), [])
    })

    it('sees who they are once they have signed in', async () => {
      await console.signIn()
      await console.page.getByText('Demo operator').waitFor()
    })
  })
}

/** Kills the control plane, and whichever comes in its place before the page has asked for anything. */
async function killUntil(system: RunningSystem, shown: Locator): Promise<void> {
  const deadlineMs = performance.now() + 10_000
  do {
    assert.ok(performance.now() < deadlineMs, 'nothing is told after 10 s')
    const pid = (await system.processes()).get('control-plane')
    try {
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
    } catch {
      // It has just ended by itself.
    }
    await sleep(100)
  } while (!(await shown.isVisible()))
}

export function describeOutage(console: OpenedConsole): void {
  describe('a control plane that is killed', () => {
    it('is told of in a line, until it is there again; who was signed in signs in again and is where they were', async () => {
      const { page, system } = console
      await console.goTo('#/events')
      await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor()
      await killUntil(system, page.getByRole('status').getByText('The control plane does not answer.'))
      await page.getByRole('link', { name: 'Sign in' }).waitFor({ timeout: 60_000 })
      await page.getByRole('link', { name: 'Sign in' }).click()
      await page
        .getByRole('button', { name: 'operator' })
        .or(page.getByRole('heading', { name: 'Events' }))
        .first()
        .waitFor()
      if (await page.getByRole('button', { name: 'operator' }).isVisible()) {
        await page.getByRole('button', { name: 'operator' }).click()
      }
      await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor()
      await page.getByText('Live', { exact: true }).waitFor()
    })
  })

  describe('who signs out', () => {
    it('is signed out on the server as well', async () => {
      const { page } = console
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('link', { name: 'Sign in' }).waitFor()
      assert.equal((await page.request.get(`${console.url}tenants`)).status(), 401)
    })
  })
}
