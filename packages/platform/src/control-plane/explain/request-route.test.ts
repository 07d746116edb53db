import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { HopLog } from '@tenantry/routing'
import { adminToken, type RunningConsole, startConsole } from '../../../test/running-console.ts'
import { serveOperatorSocket } from '../../process/operator-socket.ts'
import type { HopKeeper } from './ask-for-hops.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-requests-'))
const socketOf = (id: string) => join(folder, `${id}.sock`)
const keeper = (id: string, kind: HopKeeper['kind'] = 'gateway'): HopKeeper => ({
  id,
  kind,
  socket: socketOf(id),
})
const logs = [1, 2].map(() => new HopLog({ bytesMax: 65_536, keepMs: 3_600_000 }))
const servers: Server[] = []
let running: RunningConsole
let keepers: HopKeeper[] = [keeper('gateway'), keeper('gateway-2')]
before(async () => {
  for (const [at, { id }] of keepers.entries()) {
    const hops = logs[at]
    servers.push(await serveOperatorSocket(socketOf(id), { hops }))
  }
  running = await startConsole({ hopKeepers: () => keepers })
})
after(async () => {
  await running.close()
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true })
})

const ask = (query: string) =>
  fetch(`${running.url}/requests${query}`, { headers: { authorization: `Bearer ${adminToken}` } })
const read = async (query: string) =>
  (await (await ask(query)).json()) as {
    requests: { request: string; tenant: string | null }[]
    unread: string[]
  }
const add = (log: number, request: string, more = {}) =>
  logs[log]?.add({ kind: 'gateway', request, ms: 0, method: 'GET', status: 200, ...more })

test('the newest requests of all gateways come together, the newest first, and what is not known is null', async () => {
  const nowMs = Date.now()
  for (const [at, tenant] of ['tenant-a', undefined, 'tenant-b', 'tenant-a'].entries())
    logs[at % 2]?.add(
      { kind: 'gateway', request: `r-${at}`, ms: 0, tenant, method: 'GET', status: 200 },
      nowMs - 1_000 + at,
    )
  const { requests, unread } = await read('')
  assert.deepEqual(
    requests.map(({ request, tenant }) => [request, tenant]),
    [
      ['r-3', 'tenant-a'],
      ['r-2', 'tenant-b'],
      ['r-1', null],
      ['r-0', 'tenant-a'],
    ],
  )
  assert.deepEqual(requests[2], {
    ...{ request: 'r-1', atMs: nowMs - 999, ms: 0, method: 'GET', status: 200 },
    ...{ tenant: null, tier: null, route: null, service: null, deployment: null, code: null },
  })
  assert.deepEqual(unread, [])
})

test('of one tenant, and of so many, the newest of all gateways are told', async () => {
  const idsOf = async (query: string) => (await read(query)).requests.map(({ request }) => request)
  assert.deepEqual(await idsOf('?tenant=tenant-a'), ['r-3', 'r-0'])
  assert.deepEqual(await idsOf('?tenant=tenant-a&limit=1'), ['r-3'])
  assert.deepEqual(await idsOf('?limit=2'), ['r-3', 'r-2'])
  assert.deepEqual(await idsOf('?tenant=nobody'), [])
  for (let at = 0; at < 400; at++) add(at % 2, `m-${at}`)
  for (let at = 0; at < 400; at++) add(at % 2, `n-${at}`)
  assert.equal((await idsOf('')).length, 100)
  assert.equal((await idsOf('?limit=500')).length, 500)
})

test('what is no tenant, no number or too many is refused', async () => {
  for (const query of [
    '?tenant=A',
    '?tenant=',
    '?limit=0',
    '?limit=501',
    '?limit=x',
    '?limit=1.5',
    '?all=1',
    '?limit=1&limit=2',
  ])
    assert.equal((await ask(query)).status, 400, query)
})

test('a gateway that does not answer is named, and one that tells of another tenant is not believed', async () => {
  const lie = {
    kind: 'gateway',
    request: 'x',
    atMs: 1,
    ms: 1,
    method: 'GET',
    status: 200,
    tenant: 'tenant-b',
  }
  const liar = createServer((_request, response) =>
    response.end(
      JSON.stringify({ hops: [lie, { ...lie, tenant: 'tenant-a', kind: 'service' }], oldestAtMs: 1 }),
    ),
  )
  servers.push(liar.listen(socketOf('liar')))
  await once(liar, 'listening')
  keepers = [...keepers, keeper('liar'), keeper('gone'), keeper('order.pool', 'service')]
  const { requests, unread } = await read('?tenant=tenant-a')
  assert.ok(requests.every(({ tenant, request }) => tenant === 'tenant-a' && request !== 'x'))
  assert.deepEqual(unread, ['gone'])
})
