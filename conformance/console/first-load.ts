import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OpenedConsole } from './opened-console.ts'

const kilobytesMax = 300

export function describeFirstLoad(console: OpenedConsole): void {
  describe('the first load', () => {
    it(`is at most ${kilobytesMax} kB over the wire in all, from this origin alone`, async () => {
      const page = await console.context.newPage()
      const session = await console.context.newCDPSession(page)
      await session.send('Network.enable')
      await session.send('Network.setCacheDisabled', { cacheDisabled: true })
      let bytes = 0
      const urls: string[] = []
      session.on('Network.loadingFinished', ({ encodedDataLength }) => {
        bytes += encodedDataLength
      })
      page.on('request', (request) => urls.push(request.url()))
      await page.goto(console.url)
      await page.getByRole('region', { name: 'Busiest tenants' }).getByRole('row').nth(1).waitFor()
      await page.close()
      assert.ok(bytes > 10_000 && bytes <= kilobytesMax * 1_000, `${bytes} bytes`)
      assert.deepEqual(
        urls.filter((url) => !url.startsWith(console.url)),
        [],
      )
    })
  })
}
