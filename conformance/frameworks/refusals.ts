import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateSigningJwk } from '@tenantry/context'
import type { NoteClient } from './note-client.ts'

/** No scope without exactly one valid token, and no handler either. */
export function testRefusals(client: () => NoteClient): void {
  test('no token, two tokens and bad tokens are 401 with code, message and request id; no handler runs', async () => {
    const { platform, notes } = client()
    const nowS = Math.floor(Date.now() / 1000)
    const good = platform.token('tenant-a')
    const handled = notes.handled
    for (const [tokens, code] of [
      [[], 'TOKEN_MISSING'],
      [[''], 'TOKEN_MISSING'],
      [[good, good], 'TOKEN_MISSING'],
      [[good, platform.token('tenant-b')], 'TOKEN_MISSING'],
      [[`${good}, ${good}`], 'TOKEN_MALFORMED'],
      [[platform.token('tenant-a', { exp: nowS - 1 })], 'TOKEN_EXPIRED'],
      [[platform.token('tenant-a', { aud: 'elsewhere' })], 'TOKEN_AUDIENCE'],
      [[platform.token('tenant-a', {}, generateSigningJwk())], 'TOKEN_KEY_UNKNOWN'],
    ] as const) {
      for (const path of ['/tenant', '/nowhere', '/.tenantry/events']) {
        const { status, body } = await client().call(path, [...tokens])
        assert.deepEqual([status, body.code], [401, code], path)
        assert.deepEqual(Object.keys(body).sort(), ['code', 'message', 'request_id'])
      }
    }
    assert.equal(notes.handled, handled)
  })

  test('a token is found under every case of its header, and two are two under different ones', async () => {
    const { platform } = client()
    for (const header of ['TXN-TOKEN', 'txn-token', 'tXn-tOkEn']) {
      const answer = await client().call('/tenant', [], { headers: { [header]: platform.token('tenant-a') } })
      assert.equal(answer.status, 200, header)
    }
    const headers = { 'TXN-TOKEN': platform.token('tenant-b') }
    const { status, body } = await client().call('/tenant', [platform.token('tenant-a')], { headers })
    assert.deepEqual([status, body.code], [401, 'TOKEN_MISSING'])
  })

  test('a token in a trailer is none, and changes nothing beside one in the head', async () => {
    const chunked = [
      'transfer-encoding: chunked',
      'content-type: application/octet-stream',
      'connection: close',
    ]
    const body = `1\r\nx\r\n0\r\n${client().tokenLine('tenant-b')}\r\n\r\n`
    const refused = await client().exchange(client().bytesOf('POST', '/upload', chunked, body))
    assert.match(refused, /^HTTP\/1\.1 401 /)
    const lines = [...chunked, client().tokenLine('tenant-a')]
    const answered = await client().exchange(client().bytesOf('POST', '/upload', lines, body))
    assert.match(answered, /^HTTP\/1\.1 200 [\s\S]*\{"tenants":\["tenant-a","tenant-a"\]\}/)
  })
}
