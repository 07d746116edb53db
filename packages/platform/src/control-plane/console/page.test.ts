import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { ask } from '../../../test/ask.ts'
import { buildPage, page, type RunningConsole, script, startConsole } from '../../../test/running-console.ts'

let running: RunningConsole
before(async () => {
  running = await startConsole()
})
after(() => running.close())

const at = (path: string) => `${running.url}${path}`

describe('the page', () => {
  test('is given to anyone, under a policy that lets nothing else in', async () => {
    for (const path of ['/', '/assets/index-a1b2c3.js', '/health', '/tenants', '/nothing']) {
      const { headers } = await fetch(at(path))
      assert.match(
        headers.get('content-security-policy') ?? '',
        /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/,
      )
      assert.doesNotMatch(headers.get('content-security-policy') ?? '', /unsafe|\*|data:|https?:/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin')
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
      const kept = path.startsWith('/assets') ? 'public, max-age=31536000, immutable' : 'no-store'
      assert.equal(headers.get('cache-control'), kept, path)
    }
    const answer = await fetch(at('/'))
    assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
    assert.equal(await answer.text(), page)
  })

  test('files come compressed as the browser takes them, and are what they were', async () => {
    for (const [accepted, encoding] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip;q=0.5', 'gzip'],
      ['identity', null],
    ] as const) {
      const { headers, body } = await ask(running.url, '/assets/index-a1b2c3.js', {
        host: new URL(running.url).host,
        'accept-encoding': accepted,
      })
      assert.equal(headers.get('content-encoding'), encoding)
      assert.equal(headers.get('vary'), 'accept-encoding')
      assert.equal(headers.get('content-type'), 'text/javascript; charset=utf-8')
      if (encoding === 'gzip') assert.equal(gunzipSync(body).toString(), script)
      if (encoding === null) assert.equal(body.toString(), script)
    }
    const image = await fetch(at('/assets/logo-d4e5f6.png'))
    assert.equal(image.headers.get('content-type'), 'image/png')
    assert.equal(image.headers.get('content-encoding'), null)
  })

  test('no path leads out of its folder', async () => {
    for (const path of [
      ...[
        '/assets/../index.html',
        '/assets/..%2findex.html',
        '/assets/%2e%2e/%2e%2e/etc/passwd',
        '/assets/..\\index.html',
      ],
      ...[
        '/assets//etc/passwd',
        '/assets/',
        '/assets',
        '/assets/nothing.js',
        '/assets/%00',
        '/assets/index-a1b2c3.js/..',
      ],
    ]) {
      const { status, body } = await ask(running.url, path, { host: new URL(running.url).host })
      assert.ok([400, 401, 404].includes(status), `${path}: ${status}`)
      assert.ok(!body.includes('root:') && !body.includes('<title>Console'), path)
    }
  })

  test('that was not built is 503, with the command that builds it, and is there once it was built', async () => {
    const unbuilt = await startConsole({ built: false })
    try {
      const answer = await fetch(`${unbuilt.url}/`)
      assert.equal(answer.status, 503)
      assert.match(await answer.text(), /npm run build -w packages\/console/)
      assert.equal((await fetch(`${unbuilt.url}/assets/index-a1b2c3.js`)).status, 404)
      buildPage(unbuilt.folder)
      assert.equal((await fetch(`${unbuilt.url}/assets/index-a1b2c3.js`)).status, 200)
      assert.equal(await (await fetch(`${unbuilt.url}/`)).text(), page)
    } finally {
      await unbuilt.close()
    }
  })
})
