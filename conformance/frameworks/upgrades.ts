import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Scope } from '@tenantry/context'
import { readScope } from '@tenantry/context'
import { keepInScope, onUpgrade } from 'tenantry/node'
import { type WebSocket, WebSocketServer } from 'ws'
import type { RunningHost } from './host.ts'
import { type NoteClient, settled } from './note-client.ts'
import { type NoteService, tenantHere } from './note-service.ts'

// Compressed messages of all sockets go through one queue: the hardest case for whose scope they are handled in.
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0 } })
const opened: (Scope | undefined)[] = []

/** Answers each message of a WebSocket with the tenant that is seen, and the one that the database writes it for. */
export function takeSockets({ server }: RunningHost, notes: NoteService): void {
  onUpgrade(server, (request, socket, head) => {
    if (request.url === '/fail') throw new Error('the password is hunter2')
    if (request.url === '/raw') {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n')
      socket.on('data', () => socket.end(`seen ${tenantHere()}`))
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      opened.push(readScope())
      keepInScope(webSocket).on('message', async (text) => {
        const before = tenantHere()
        const { leased } = await notes.write(String(text))
        webSocket.send(JSON.stringify([before, leased, tenantHere()]))
      })
    })
  })
}

/** WebSockets have a scope as requests have one, for as long as they are open. */
export function testUpgrades(client: () => NoteClient): void {
  const open = (tokens: string[], path = '/') => client().openSocket(path, tokens)

  test('each message of a WebSocket is handled in the scope of its token, beside other tenants’', async () => {
    const tenants = Array.from({ length: 20 }, (_, at) => `tenant-${at}`)
    await Promise.all(
      tenants.map(async (tenant) => {
        const socket = open([client().platform.token(tenant)])
        await once(socket, 'open')
        for (let sent = 0; sent < 5; sent++) {
          socket.send(`of ${tenant}`.repeat(100))
          const [answer] = await once(socket, 'message')
          assert.deepEqual(JSON.parse(String(answer)), [tenant, tenant, tenant])
        }
        socket.terminate()
      }),
    )
  })

  test('what a raw socket brings is handled in its scope', async () => {
    const upgrade = [client().tokenLine('tenant-a'), 'connection: upgrade', 'upgrade: raw']
    const socket = await client().send(client().bytesOf('GET', '/raw', upgrade))
    const [head] = await once(socket, 'data')
    assert.match(String(head), /^HTTP\/1\.1 101 /)
    socket.write('who is this?')
    assert.equal(await text(socket), 'seen tenant-a')
  })

  test('a socket’s scope is open until the socket closes', async () => {
    opened.length = 0
    const socket = open([client().platform.token('tenant-a')])
    await once(socket, 'open')
    assert.equal(opened[0]?.open, true)
    socket.terminate()
    await settled(() => opened[0]?.open === false)
  })

  test('an upgrade without exactly one valid token is answered 401 and closed, and no handler runs', async () => {
    opened.length = 0
    const { platform } = client()
    for (const tokens of [
      [],
      [platform.token('a'), platform.token('b')],
      ['x'],
      [platform.token('a', { exp: 1 })],
    ]) {
      const socket = open(tokens)
      const answer = await refused(socket)
      assert.equal(answer.statusCode, 401)
      assert.equal(answer.headers.connection, 'close')
      socket.on('error', () => undefined).terminate()
    }
    assert.deepEqual(opened, [])
  })

  test('a socket whose caller breaks off does not end the service', async () => {
    const upgrade = [client().tokenLine('tenant-a'), 'connection: upgrade', 'upgrade: raw']
    const socket = await client().send(client().bytesOf('GET', '/raw', upgrade))
    await once(socket, 'data')
    socket.resetAndDestroy()
    assert.equal((await client().callAs('tenant-a', '/tenant')).status, 200)
  })

  test('a handler of upgrades that fails closes the socket, and the service goes on', async () => {
    const socket = open([client().platform.token('tenant-a')], '/fail')
    const [error] = await once(socket, 'error')
    assert.doesNotMatch(String(error), /hunter2/)
    assert.equal((await client().callAs('tenant-a', '/tenant')).status, 200)
  })
}

async function refused(socket: WebSocket): Promise<IncomingMessage> {
  const [, answer] = await once(socket, 'unexpected-response')
  return answer
}
