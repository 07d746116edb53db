import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Host } from './host.ts'
import { testUnlessLeftOut } from './left-out.ts'
import type { NoteClient } from './note-client.ts'

/** What callers are told of what went wrong. */
export function testErrors(client: () => NoteClient, host: Host): void {
  for (const kind of ['platform', 'wrapped']) {
    test(`an error of the platform (${kind}) keeps its status, code and request id`, async () => {
      const token = client().platform.token('tenant-a', { txn: 'request-7' })
      assert.deepEqual(await client().call(`/fail/${kind}`, [token]), {
        status: 423,
        body: { code: 'NOTE_LOCKED', message: 'the note is locked', request_id: 'request-7' },
      })
    })
  }

  test('what is away for a while is 503, and says when to ask again', async () => {
    const head = [client().tokenLine('tenant-a'), 'connection: close']
    const away = await client().exchange(client().bytesOf('GET', '/fail/away', head))
    assert.match(away, /^HTTP\/1\.1 503 .*\r\nretry-after: 1\r\n.*TOKEN_SERVICE_DOWN/is)
    const locked = await client().exchange(client().bytesOf('GET', '/fail/platform', head))
    assert.doesNotMatch(locked, /retry-after/i)
  })

  test('nothing is told of what broke', async () => {
    const token = client().platform.token('tenant-a', { txn: 'request-8' })
    assert.deepEqual(await client().call('/fail/unknown', [token]), {
      status: 500,
      body: { code: 'INTERNAL', message: 'internal error', request_id: 'request-8' },
    })
  })

  test('an answer that breaks on its way tells nothing of why, and is not taken for the whole', async () => {
    const token = client().tokenLine('tenant-a')
    const answer = await client().exchange(
      client().bytesOf('GET', '/stream/broken', [token, 'connection: close']),
    )
    assert.match(answer, /"tenant":"tenant-a"/)
    assert.doesNotMatch(answer, /hunter2/)
    assert.doesNotMatch(answer, /\r\n0\r\n\r\n$/)
  })

  test('an answer that breaks before its first piece tells nothing of why', async () => {
    const token = client().tokenLine('tenant-a')
    const answer = await client().exchange(
      client().bytesOf('GET', '/stream/stillborn', [token, 'connection: close']),
    )
    assert.doesNotMatch(answer, /hunter2/)
  })

  testUnlessLeftOut(
    host,
    'begun-answer',
    'an answer that began before its handler failed is cut off',
    async () => {
      const token = client().tokenLine('tenant-a')
      const answer = await client().exchange(client().bytesOf('GET', '/begun', [token, 'connection: close']))
      assert.doesNotMatch(answer, /hunter2|INTERNAL/)
      assert.doesNotMatch(answer, /\r\n0\r\n\r\n$/)
    },
  )

  test('a path that is not routed is 404, as the framework answers it', async () => {
    assert.equal((await client().callAs('tenant-a', '/nowhere')).status, 404)
  })

  testUnlessLeftOut(host, 'bad-json', 'bad JSON is 400, as the framework answers it', async () => {
    const headers = { 'content-type': 'application/json' }
    const { handled } = client().notes
    const answer = await client().callAs('tenant-a', '/notes', { method: 'POST', headers, body: '{"text": ' })
    assert.equal(answer.status, 400)
    assert.notEqual(answer.body.code, 'INTERNAL')
    assert.equal(client().notes.handled, handled)
  })
}
