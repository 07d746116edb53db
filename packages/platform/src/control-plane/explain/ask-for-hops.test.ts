import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { HopLog } from '@tenantry/routing'
import { serveOperatorSocket } from '../../process/operator-socket.ts'
import { askForHops, type HopKeeper } from './ask-for-hops.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-hops-'))
const servers: Server[] = []
after(() => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
  rmSync(folder, { recursive: true })
})

const socketOf = (id: string) => join(folder, `${id}.sock`)
const keeper = (id: string, kind: HopKeeper['kind']): HopKeeper => ({ id, kind, socket: socketOf(id) })

/** A process that answers whatever it likes. */
async function serve(id: string, listener: RequestListener): Promise<void> {
  const server = createServer(listener).listen(socketOf(id))
  servers.push(server)
  await once(server, 'listening')
}
const served = (deployment: string, request = 'r') => ({
  ...{ kind: 'service', request, atMs: 1, ms: 1, tenant: 'tenant-a', service: 'order', deployment },
  ...{ method: 'GET', route: '/', status: 200 },
})
const received = { kind: 'gateway', request: 'r', atMs: 1, ms: 1, method: 'GET', status: 200 }

test('each process is asked on its own socket, and what it has is told under its name', async () => {
  const hops = new HopLog({ bytesMax: 65_536, keepMs: 60_000 })
  hops.add({ kind: 'gateway', request: 'r', ms: 1, method: 'GET', status: 200 })
  hops.add({ kind: 'gateway', request: 'other', ms: 1, method: 'GET', status: 200 })
  servers.push(await serveOperatorSocket(socketOf('gateway'), { hops }))
  servers.push(await serveOperatorSocket(socketOf('relay')))
  const kept = await askForHops(
    [keeper('gateway', 'gateway'), keeper('relay', 'relay'), keeper('gone', 'service')],
    ['r'],
  )
  assert.deepEqual(
    kept.hops.map(({ request, process }) => [request, process]),
    [['r', 'gateway']],
  )
  assert.ok(Math.abs((kept.oldestAtMs ?? 0) - Date.now()) < 10_000)
  // One that keeps nothing has no such page.
  assert.deepEqual(kept.unread, ['relay', 'gone'])
})

test('a process that lies is believed for itself alone, and what is no hop is dropped', async () => {
  const lies = [
    ...[received, served('order.pool'), served('invoice.pool'), { ...served('order.pool'), secret: 'x' }],
    ...[
      { ...served('order.pool'), ms: 'long' },
      null,
      'r',
      { ...served('order.pool'), route: 'x'.repeat(10_000) },
    ],
  ]
  await serve('order.pool', (_request, response) =>
    response.end(JSON.stringify({ hops: lies, oldestAtMs: 'now' })),
  )
  const { hops, oldestAtMs, unread } = await askForHops([keeper('order.pool', 'service')], ['r'])
  assert.deepEqual(hops, [{ ...served('order.pool'), process: 'order.pool' }])
  assert.deepEqual([oldestAtMs, unread], [null, []])
})

test('a process that answers no JSON, never ends or floods is one that did not answer, and holds nobody up', async () => {
  await serve('text.pool', (_request, response) => response.end('{'))
  await serve('null.pool', (_request, response) => response.end('null'))
  await serve('slow.pool', (_request, response) => {
    const drip = setInterval(() => response.write(' '), 100)
    response.on('close', () => clearInterval(drip))
  })
  await serve('flood.pool', (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024, 32)));
    }
    response.on('drain', more)
    more()
  })
  const ids = ['text.pool', 'null.pool', 'slow.pool', 'flood.pool']
  const startedAtMs = performance.now()
  const { hops, unread } = await askForHops(
    ids.map((id) => keeper(id, 'service')),
    ['r'],
  )
  assert.deepEqual([hops, unread], [[], ids])
  assert.ok(performance.now() - startedAtMs < 9_000)
})
