import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { RunningSystem } from './end-to-end/running-system.ts'

// Two services that were written for one customer each: Express on ES modules, Fastify on CommonJS.
const root = resolve(import.meta.dirname, '..')
let system: RunningSystem

before(async () => {
  system = await RunningSystem.create({
    launcher: join(root, 'packages/cli/bin/tenantry.js'),
    folder: root,
    config: 'examples/unedited/tenantry.config.ts',
    nodeFlags: [],
  })
  await system.start()
})
after(() => system?.remove())

interface Ticket {
  id: string
  subject: string
  messages: number
}

const listTickets = async (tenant: string) =>
  (await system.call(tenant, 'GET', '/tickets')).body as unknown as Ticket[]
const tenants = ['tenant-a', 'tenant-b', 'tenant-c']

/** Where the pool's helpdesk listens, past the gateway. */
async function helpdeskAddress(): Promise<URL> {
  const { deployments } = (await (await system.operate('/deployments')).json()) as {
    deployments: { id: string; addresses: string[] }[]
  }
  const found = deployments.find(({ id }) => id === 'helpdesk.pool')
  return new URL(found?.addresses[0] ?? assert.fail('the helpdesk does not run'))
}

test('no file of these services knows of us, or of tenants', () => {
  const files = globSync('examples/unedited/*/**/*.*', { cwd: root, exclude: ['**/node_modules/**'] })
  assert.ok(files.length >= 7)
  for (const file of files) {
    assert.doesNotMatch(readFileSync(join(root, file), 'utf8'), /tenan|txn[-_]?token|\btier\b/i, file)
  }
})

test('a service on Express and `pg` keeps customers apart, with its transactions, in pool and silo', async () => {
  for (const tenant of tenants) {
    const { status, body } = await system.call(tenant, 'POST', '/tickets', { subject: tenant, text: 'Help!' })
    assert.equal(status, 201)
    assert.deepEqual(Object.keys(body).sort(), ['id', 'opened_at', 'status', 'subject'])
  }
  for (const tenant of tenants) {
    const [ticket, ...more] = await listTickets(tenant)
    assert.deepEqual([ticket?.subject, ticket?.messages, more], [tenant, 1, []])
  }
  const [foreign] = await listTickets('tenant-b')
  for (const [method, path, status] of [
    ['GET', `/tickets/${foreign?.id}`, 404],
    ['POST', `/tickets/${foreign?.id}/close`, 409],
    ['POST', `/tickets/${foreign?.id}/messages`, 404],
  ] as const) {
    const body = method === 'POST' ? { text: 'mine now' } : undefined
    assert.equal((await system.call('tenant-a', method, path, body)).status, status, path)
  }
  const { body } = await system.call('tenant-b', 'GET', `/tickets/${foreign?.id}`)
  assert.deepEqual([body.status, body.messages], ['open', [{ text: 'Help!' }]])
})

test('a service on Fastify and `pg` in CommonJS does so as well, also where a key was one for all', async () => {
  for (const [index, tenant] of tenants.entries()) {
    for (const amount of [7, index]) {
      assert.equal((await system.call(tenant, 'PUT', '/stock/lamp', { amount })).status, 200)
    }
  }
  for (const [index, tenant] of tenants.entries()) {
    const { body } = await system.call(tenant, 'GET', '/stock')
    assert.deepEqual(body, [{ item: 'lamp', amount: index }])
  }
})

test('a thousand requests by turns are each answered with their own tenant’s rows', async () => {
  const wrong: unknown[] = []
  const turn = async (tenant: string) => {
    const [ticket, ...more] = await listTickets(tenant)
    if (ticket?.subject !== tenant || more.length > 0) wrong.push([tenant, ticket, more])
  }
  for (let round = 0; round < 25; round++) {
    await Promise.all(Array.from({ length: 40 }, (_, index) => turn(tenants[(index + round) % 3] ?? '')))
  }
  assert.deepEqual(wrong, [])
})

test('past the gateway nothing of the service hears of a request without a token, but for what is open', async () => {
  const { origin, port } = await helpdeskAddress()
  const ask = async (path: string, init?: RequestInit) => (await fetch(origin + path, init)).status
  assert.equal(await ask('/tickets'), 401)
  assert.equal(await ask('/tickets', { headers: { 'txn-token': 'forged' } }), 401)
  assert.equal(await ask('/nowhere'), 401, 'not even whether there is such a path')
  assert.equal(await ask('/health'), 200)
  for (const path of ['/health/', '//health', '/health/../tickets', '/Health', '/health%2f..%2ftickets']) {
    assert.equal(await ask(path), 401, path)
  }
  assert.equal(await ask('/health', { method: 'POST' }), 401)
  for (const head of [
    'expect: 100-continue\r\ncontent-length: 2',
    'connection: upgrade\r\nupgrade: websocket',
  ]) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.end(`GET /tickets HTTP/1.1\r\nhost: helpdesk\r\n${head}\r\n\r\n`)
    assert.match(await text(socket), /^(HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 401 /, head)
  }
})

test('requests are counted by tenant and by the pattern of their route', async () => {
  const page = await (await system.operate('/metrics')).text()
  for (const [service, route] of [
    ['helpdesk', '/tickets/:id/close'],
    ['stockroom', '/stock/:item'],
  ]) {
    const counted = page
      .split('\n')
      .filter((line) => line.includes('request_duration_seconds_count') && line.includes(`"${route}"`))
    assert.ok(
      counted.some((line) => line.includes(`"${service}"`) && line.includes('"tenant-a"')),
      route,
    )
  }
})
