/**
 * Makes the pictures in `docs/console`: every page of the console, light and dark, of the shop with traffic, a tenant that is over its limit
 * and a subscriber that fails for another.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { RunningSystem } from '../end-to-end/running-system.ts'
import { breakSubscriber, giveUpOne } from './broken-subscriber.ts'
import { startShopTraffic } from './shop-traffic.ts'
import { signIn } from './sign-in.ts'
import { startBrowser } from './start-browser.ts'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(import.meta.dirname, '../../docs/console') },
    /** For how long there is traffic before the first picture. */
    seconds: { type: 'string', default: '240' },
    width: { type: 'string', default: '1440' },
    height: { type: 'string', default: '900' },
  },
})
const [limited, failing] = ['tenant-b', 'tenant-d']

const system = await RunningSystem.create()
try {
  await system.start()
  await system.tenantry('limit', limited, '--requests-per-second', '5')
  const stop = await startShopTraffic(system)
  await sleep(20_000)
  await breakSubscriber(system, failing)
  const browser = await startBrowser()
  const context = await browser.newContext({
    viewport: { width: Number(values.width), height: Number(values.height) },
  })
  const page = await context.newPage()
  const url = `http://localhost:${system.env.TENANTRY_CONTROL_PORT}/`
  await page.goto(url)
  await page.getByRole('link', { name: 'Sign in' }).waitFor()
  await inBothThemes(page, 'signed-out')
  await signIn(page, url)
  // The page watches, so that it knows of each tenant's last minute.
  await sleep(Number(values.seconds) * 1_000)
  for (let turn = 0; turn < 3; turn++) await giveUpOne(system, failing)
  const product = await system.product('tenant-c', '8.20')
  const order = await system.call('tenant-c', 'POST', '/orders', { name: 'An order', products: [product] })
  await sleep(4_000)
  for (const [name, hash] of [
    ['overview', '#/'],
    ['tenants', '#/tenants'],
    ['tenant', '#/tenants/tenant-b'],
    ['map', '#/map'],
    ['requests', '#/requests'],
    ['explain', `#/requests/${order.headers.get('x-request-id')}`],
    ['isolation', '#/isolation'],
    ['events', '#/events'],
  ] as const) {
    await page.goto(`${url}${hash}`)
    await sleep(3_000)
    await inBothThemes(page, name)
  }
  await browser.close()
  await stop()
  shrink()
} finally {
  await system.remove()
}

async function inBothThemes(page: Page, name: string): Promise<void> {
  mkdirSync(values.out, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: join(values.out, `${name}-${colorScheme}.png`) })
  }
}

// To a palette, where the tool is there; the pictures are right without.
function shrink(): void {
  const files = globSync(join(values.out, '*.png'))
  spawnSync('pngquant', ['--force', '--skip-if-larger', '--strip', '--ext', '.png', '128', '--', ...files])
}
