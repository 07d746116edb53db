import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = process.env.TENANTRY_CHROMIUM ?? places.find((place) => existsSync(place))

/** Why there is no browser to test with; `false` where there is one. */
export const noBrowser = executablePath === undefined && 'there is no chromium on this machine'

/** Starts the system's own Chromium, which asks nobody but the page that it is shown. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(executablePath && { executablePath }),
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  })
}
