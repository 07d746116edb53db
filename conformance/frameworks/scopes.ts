import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Host } from './host.ts'
import { testUnlessLeftOut } from './left-out.ts'
import { inPieces, type NoteClient, settled } from './note-client.ts'
import { streamPieces } from './note-service.ts'

const bytes = { 'content-type': 'application/octet-stream' }

/** Whose scope code runs in, and how long that is open. */
export function testScopes(client: () => NoteClient, host: Host): void {
  test('a handler runs in the scope of its token, also after it waited', async () => {
    const { status, body } = await client().callAs('tenant-a', '/tenant')
    assert.equal(status, 200)
    assert.ok(body.tenants.length >= 3)
    assert.deepEqual(new Set(body.tenants), new Set(['tenant-a']))
  })

  test('an upload is read in the scope, piece by piece', async () => {
    const body = inPieces('one', 'two', 'three')
    const answer = await client().callAs('tenant-a', '/upload', { method: 'POST', headers: bytes, body })
    assert.equal(answer.status, 200)
    assert.ok(answer.body.tenants.length >= 3)
    assert.deepEqual(new Set(answer.body.tenants), new Set(['tenant-a']))
  })

  test('a streamed answer is made in the scope, piece by piece, beside another tenant’s', async () => {
    await Promise.all(
      ['tenant-a', 'tenant-b'].map(async (tenant) => {
        const { status, body } = await client().callAs(tenant, '/stream/whole')
        assert.equal(status, 200)
        const tenants = body
          .trim()
          .split('\n')
          .map((line: string) => JSON.parse(line).tenant)
        assert.deepEqual(tenants, Array(streamPieces).fill(tenant))
      }),
    )
  })

  test('requests on one connection, sent at once, keep their own scopes, and one without a token gets none', async () => {
    const one = client()
    const { handled } = one.notes
    const answers = await one.exchange(
      one.bytesOf('GET', '/tenant', [one.tokenLine('tenant-a')]),
      one.bytesOf('GET', '/tenant', [one.tokenLine('tenant-b')]),
      one.bytesOf('GET', '/tenant'),
      one.bytesOf('GET', '/tenant', [one.tokenLine('tenant-c')]),
      one.bytesOf('GET', '/tenant', ['connection: close']),
    )
    const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
    assert.deepEqual(statuses, ['200', '200', '401', '200', '401'])
    const bodies = [...answers.matchAll(/\{"tenants":(\[[^\]]*\])/g)].map(([, body]) =>
      JSON.parse(body ?? ''),
    )
    assert.deepEqual(
      bodies.map((tenants) => [...new Set(tenants)]),
      [['tenant-a'], ['tenant-b'], ['tenant-c']],
    )
    assert.equal(one.notes.handled, handled + 3)
  })

  testUnlessLeftOut(
    host,
    'write-callback',
    'what is written behind another tenant’s answer is acknowledged in its own scope',
    async () => {
      const one = client()
      const first = one.held()
      const answers = one.exchange(
        one.bytesOf('GET', '/held', [one.tokenLine('tenant-a')]),
        one.bytesOf('GET', '/written', [one.tokenLine('tenant-b'), 'connection: close']),
      )
      await first
      one.release()
      assert.match(await answers, /written by [\s\S]*tenant-b/)
    },
  )

  test('a streamed answer that waits behind another tenant’s on its connection is made in its own scope', async () => {
    const one = client()
    const begun = one.held(2)
    const answers = one.exchange(
      one.bytesOf('GET', '/held', [one.tokenLine('tenant-a')]),
      one.bytesOf('GET', '/stream/whole', [one.tokenLine('tenant-b'), 'connection: close']),
    )
    await begun
    // By now the waiting answer holds all that it may before the connection is its own.
    await delay(20)
    one.release()
    const tenants = [...(await answers).matchAll(/\{"tenant":"([^"]*)","padding/g)].map(
      ([, tenant]) => tenant,
    )
    assert.deepEqual(tenants, Array(streamPieces).fill('tenant-b'))
  })

  test('the scope is open while the handler runs, and closed after the answer', async () => {
    const held = client().held()
    const answer = client().callAs('tenant-a', '/held')
    const [scope] = await held
    assert.equal(scope?.open, true)
    assert.equal(scope.context.tenant.id, 'tenant-a')
    client().release()
    assert.deepEqual(await answer, { status: 200, body: { tenant: 'tenant-a' } })
    await settled(() => scope.open === false)
  })

  for (const [when, request] of [
    ['while it waits', (one: NoteClient) => one.bytesOf('GET', '/held', [one.tokenLine('tenant-a')])],
    [
      'in the middle of a download',
      (one: NoteClient) => one.bytesOf('GET', '/stream/endless', [one.tokenLine('tenant-a')]),
    ],
    [
      'in the middle of an upload',
      (one: NoteClient) =>
        one.bytesOf(
          'POST',
          '/upload',
          [one.tokenLine('tenant-a'), 'content-length: 1000', 'content-type: application/octet-stream'],
          'the first of more',
        ),
    ],
  ] as const) {
    test(`the scope is closed when the caller goes away ${when}`, async () => {
      const held = client().held()
      const socket = await client().send(request(client()))
      const [scope] = await held
      assert.equal(scope?.open, true)
      socket.destroy()
      await settled(() => scope.open === false)
      client().release()
    })
  }

  test('the scopes of requests that wait behind another on their connection are closed with it', async () => {
    const held = client().held(3)
    const requests = ['a', 'b', 'c'].map((letter) =>
      client().bytesOf('GET', '/held', [client().tokenLine(`tenant-${letter}`)]),
    )
    const socket = await client().send(...requests)
    const scopes = await held
    assert.deepEqual(scopes.map(({ context }) => context.tenant.id).sort(), [
      'tenant-a',
      'tenant-b',
      'tenant-c',
    ])
    socket.destroy()
    await settled(() => scopes.every(({ open }) => !open))
    client().release()
  })
}
