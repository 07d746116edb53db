import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { createNoteDatabase } from '../test/note-database.ts'
import { TestPlatform } from '../test/test-platform.ts'

const database = await createNoteDatabase()
const platform = await TestPlatform.start(database.address)
await database.install(platform.master)
platform.becomeDeployment({ open: ['/health'] })
const running: { kill(): void }[] = []
after(async () => {
  for (const child of running) child.kill()
  platform.stop()
  await database.remove()
})

const register = import.meta.resolve('tenantry/register')
const node = (kind: 'module' | 'commonjs', program: string) =>
  ['--import', register, `--input-type=${kind}`, '--eval', program] as const

/** Runs a program to its end as a service without an edit, and returns what it printed as JSON. */
function run(program: string, { kind = 'module' as 'module' | 'commonjs', env = process.env } = {}): unknown {
  const { stdout, stderr, status } = spawnSync(process.execPath, node(kind, program), {
    encoding: 'utf8',
    env,
    timeout: 20_000,
  })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

/** Starts a program that prints where it listens, as JSON. */
async function start(program: string): Promise<string> {
  const child = spawn(process.execPath, node('module', program), { stdio: ['ignore', 'pipe', 'inherit'] })
  running.push(child)
  const [line] = await once(child.stdout, 'data')
  return `127.0.0.1:${JSON.parse(String(line))}`
}

const codeOf = (work: string) =>
  `await Promise.resolve().then(() => ${work}).then(() => 'no error', (error) => error.code)`

test('every way to `pg` leads to a pool that carries leases', () => {
  const ways = run(`
    import pg, { Pool } from 'pg'
    import * as all from 'pg'
    import { createRequire } from 'node:module'
    const required = createRequire(import.meta.url)('pg')
    const pools = [pg.Pool, Pool, all.Pool, required.Pool, (await import('pg')).Pool]
    const codes = []
    for (const Own of pools) codes.push(${codeOf("new Own({ connectionString: 'postgres://elsewhere/other' }).query('select 1')")})
    const { database, host, max } = new Pool({ host: 'elsewhere', database: 'other', max: 2 }).options
    console.log(JSON.stringify({ codes, database, host, max, same: pg.types === required.types, literal: pg.escapeLiteral("'") }))
    process.exit()
  `)
  assert.deepEqual(ways, {
    codes: Array(5).fill('CONTEXT_MISSING'),
    ...{
      database: database.address.database,
      host: database.address.host,
      max: 2,
      same: true,
      literal: "''''",
    },
  })
})

test('whatever `pg` itself exports by name can be imported', async () => {
  const names = run(`
    import * as all from 'pg'
    console.log(JSON.stringify(Object.keys(all)))
    process.exit()
  `) as string[]
  assert.deepEqual(
    Object.keys(await import('pg')).filter((name) => !names.includes(name)),
    [],
  )
})

test('what would go past leases and scopes is refused by name', () => {
  const codes = run(
    `
    const pg = require('pg'), http2 = require('node:http2')
    import('node:http2').then(async (imported) => {
      const codes = []
      for (const work of [() => new pg.Client(), () => new pg.Connection(), () => http2.createServer(), () => imported.createSecureServer()])
        codes.push(await Promise.resolve().then(work).then(() => 'no error', (error) => error.code))
      console.log(JSON.stringify([...codes, pg.native]))
      process.exit()
    })
  `,
    { kind: 'commonjs' },
  )
  assert.deepEqual(codes, ['REGISTER_CLIENT', 'REGISTER_CLIENT', 'REGISTER_HTTP2', 'REGISTER_HTTP2', null])
})

test('a process that is no deployment does not start', () => {
  const { TENANTRY_RUNTIME_FILE: _, ...env } = process.env
  const { status, stderr, stdout } = spawnSync(process.execPath, node('module', 'console.log("ran")'), {
    encoding: 'utf8',
    env,
  })
  assert.equal(status, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /RUNTIME_MISSING/)
})

test('a thread gets the same refusals, and no runtime', () => {
  const said = run(`
    import { Worker } from 'node:worker_threads'
    const code = \`
      import { parentPort } from 'node:worker_threads'
      import { Pool } from 'pg'
      try { new Pool() } catch ({ code }) { parentPort.postMessage({ code }) }
    \`
    new Worker(code, { eval: true, env: {} }).on('message', (message) => {
      console.log(JSON.stringify(message))
      process.exit()
    })
  `)
  assert.deepEqual(said, { code: 'RUNTIME_MISSING' })
})

const servers = {
  'made by a function': `http.createServer(answer)`,
  'made by its class': `new http.Server(answer)`,
  'whose listener comes late': `http.createServer()`,
}

for (const [name, made] of Object.entries(servers)) {
  test(`a server ${name} serves in the scope of the token’s tenant, and nobody without one`, async () => {
    const address = await start(`
      import http from 'node:http'
      import pg from 'pg'
      const db = new pg.Pool()
      const answer = async (request, response) => {
        const { rows } = await db.query('select text from notes').catch((error) => ({ rows: error.code }))
        response.end(JSON.stringify(rows))
      }
      const server = ${made}
      server.listen(0, '127.0.0.1', () => console.log(server.address().port))
      if (server.listenerCount('request') === 0) setTimeout(() => server.on('request', answer))
    `)
    const ask = (path: string, tenant?: string) =>
      fetch(
        `http://${address}${path}`,
        tenant === undefined
          ? {}
          : { headers: { ...platform.caller(), 'txn-token': platform.token(tenant) } },
      )
    assert.deepEqual(await (await ask('/notes', 'tenant-a')).json(), [])
    assert.equal((await ask('/notes')).status, 401)
    const open = await ask('/health')
    assert.deepEqual([open.status, await open.json()], [200, 'CONTEXT_MISSING'])
  })
}

test('an upgrade needs a token, and its socket is in the scope', async () => {
  const address = await start(`
    import http from 'node:http'
    import pg from 'pg'
    const db = new pg.Pool()
    const server = http.createServer()
    server.on('upgrade', (request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\\r\\nupgrade: rows\\r\\nconnection: upgrade\\r\\n\\r\\n')
      socket.on('data', async () => socket.end(String((await db.query('select from notes')).rowCount)))
    })
    server.listen(0, '127.0.0.1', () => console.log(server.address().port))
  `)
  const upgrade = async (lines: string[]) => {
    const socket = connect(Number(address.split(':')[1]), '127.0.0.1')
    const head = ['GET / HTTP/1.1', 'host: note', 'connection: upgrade', 'upgrade: rows', ...lines]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    socket.once('data', () => socket.write('x'))
    return text(socket)
  }
  assert.match(
    await upgrade([
      `txn-token: ${platform.token('tenant-a')}`,
      Object.entries(platform.caller()).flat().join(': '),
    ]),
    /^HTTP\/1\.1 101 [\s\S]*\r\n\r\n0$/,
  )
  assert.match(await upgrade([]), /^HTTP\/1\.1 401 /)
})
