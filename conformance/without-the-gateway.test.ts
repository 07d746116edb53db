import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '../packages/platform/src/supervisor/free-port.ts'
import { type Issuer, startIssuer } from '../packages/platform/test/issuer.ts'
import { RunningSystem } from './end-to-end/running-system.ts'

// `tenantry tokens` as a team starts it, two issuers that are not ours, and one service that nothing of ours starts.
const here = join(import.meta.dirname, 'without-the-gateway')
const folder = mkdtempSync(join(tmpdir(), 'tenantry-tokens-alone-'))
const config = join(folder, 'tenantry.config.ts')
let [ours, acme]: Issuer[] = []
let system: RunningSystem
let service: { child: ChildProcess; origin: string }
/** How many requests reached the issuers. */
const reached = () => required(ours).reached() + required(acme).reached()
const required = (issuer: Issuer | undefined) => issuer ?? assert.fail('no issuer')
const document = (deployment: string) => join(system.home, 'deployments', `${deployment}.json`)

before(async () => {
  ;[ours, acme] = await Promise.all([startIssuer(), startIssuer()])
  const issuer = (one: Issuer | undefined, tenants: unknown) => ({
    issuer: required(one).url,
    audience: 'shop',
    claims: { tenant: 'tenant', role: 'role' },
    tenants,
  })
  cpSync(join(here, 'migrations'), join(folder, 'migrations'), { recursive: true })
  writeFileSync(
    config,
    `export default ${JSON.stringify({
      mode: 'development',
      trustDomain: 'notes.example',
      identity: [issuer(ours, '*'), issuer(acme, ['acme'])],
      tiers: { basic: { placement: 'pool' }, premium: { placement: 'silo' } },
      services: {
        notes: {
          entry: 'elsewhere.ts',
          migrations: 'migrations',
          acceptsAccessTokens: true,
          grants: ['work', 'central'],
        },
        inner: { entry: 'elsewhere.ts', migrations: 'migrations' },
      },
    })}`,
  )
  system = await RunningSystem.create({
    launcher: resolve(import.meta.dirname, '../packages/cli/bin/tenantry.js'),
    command: 'tokens',
    folder,
    config,
    nodeFlags: [],
  })
  await system.start()
  await Promise.all([
    ...['tenant-a', 'tenant-b', 'acme'].map((id) => system.onboard(id, 'basic')),
    system.onboard('tenant-c', 'premium'),
  ])
  service = await startService('notes.pool')
})
after(async () => {
  service?.child.kill('SIGKILL')
  await system?.remove()
  await Promise.all([ours?.close(), acme?.close()])
  rmSync(folder, { recursive: true })
})

async function startService(deployment: string): Promise<{ child: ChildProcess; origin: string }> {
  const port = await findFreePort()
  const child = spawn(process.execPath, [join(here, 'service.ts')], {
    env: { PATH: process.env.PATH, PORT: String(port), TENANTRY_RUNTIME_FILE: document(deployment) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout ?? child, 'data')
  return { child, origin: `http://127.0.0.1:${port}` }
}

async function call(
  claims: object,
  { path = '/', method = 'GET', headers = {}, issuer = ours as Issuer | undefined } = {},
) {
  const authorization = `Bearer ${await required(issuer).sign({ claims: { ...claims } })}`
  const answer = await fetch(`${service.origin}${path}`, { method, headers: { authorization, ...headers } })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

test('a service that nothing of ours started serves each tenant its own rows, by their access tokens alone', async () => {
  for (const tenant of ['tenant-a', 'tenant-b']) {
    const { status, body } = await call({ tenant }, { method: 'POST', path: `/of-${tenant}` })
    assert.deepEqual(
      { status, ...body },
      {
        status: 200,
        tenant: { id: tenant, tier: 'basic' },
        user: { id: `${required(ours).url}#seller@tenant-a`, role: 'seller' },
        workload: 'notes.pool',
        notes: [`/of-${tenant}`],
      },
    )
  }
})

test('a customer’s issuer is refused for any tenant but its own (attack 41)', async () => {
  assert.equal((await call({ tenant: 'acme' }, { issuer: acme })).status, 200)
  const { status, body } = await call({ tenant: 'tenant-a' }, { issuer: acme })
  assert.deepEqual([status, body.code], [403, 'ISSUER_TENANT_REFUSED'])
})

test('of several tenants the header chooses one of the token’s own', async () => {
  const claims = { tenant: ['tenant-a', 'tenant-b'] }
  const choose = (tenant: string) => call(claims, { headers: { 'tenantry-active-tenant': tenant } })
  assert.deepEqual((await choose('tenant-b')).body.notes, ['/of-tenant-b'])
  assert.deepEqual((await choose('tenant-a')).body.notes, ['/of-tenant-a'])
  const [missing, foreign] = [await call(claims), await choose('acme')]
  assert.deepEqual([missing.status, missing.body.code], [400, 'TENANT_CHOICE_MISSING'])
  assert.deepEqual([foreign.status, foreign.body.code], [403, 'TENANT_CHOICE_REFUSED'])
})

test('central work reads what the pool’s database holds of every tenant, and is in the token service’s log with its reason', async () => {
  const { status, body } = await call({ tenant: 'tenant-a' }, { path: '/report' })
  assert.deepEqual(
    [status, body.rows],
    [200, ['tenant-a', 'tenant-b'].map((tenant) => ({ tenant, notes: 1 }))],
  )
  const log = readFileSync(join(system.home, 'logs', 'token-service.log'), 'utf8')
  const records = log.split('\n').filter((line) => line.includes('"msg":"central"'))
  const [record, ...more] = records.map((line) => JSON.parse(line))
  const { workload, database, reason } = record
  assert.deepEqual(
    { workload, database, reason, more },
    { workload: 'notes.pool', database: 'tenantry_pool', reason: 'how many notes', more: [] },
  )
})

test('a job runs for the tenant that it was signed for, by a token of its own, and is in the log', async () => {
  const { body } = await call({ tenant: 'tenant-a' }, { path: '/later' })
  assert.deepEqual(body.notes, ['/later', '/of-tenant-a'])
  const log = readFileSync(join(system.home, 'logs', 'token-service.log'), 'utf8')
  const records = log.split('\n').filter((line) => line.includes('"msg":"work"'))
  assert.equal(records.length, 1)
  const { workload, tenant, reason } = JSON.parse(records[0] ?? '')
  assert.deepEqual([workload, tenant], ['notes.pool', 'tenant-a'])
  assert.match(reason, /^job [A-Za-z0-9_-]{16}$/)
})

test('a deployment refuses the tenants of another, and a tenant that is not there (attack 26)', async () => {
  const siloed = await call({ tenant: 'tenant-c' })
  assert.deepEqual([siloed.status, siloed.body.code], [421, 'ROUTING_MISDIRECTED'])
  const unknown = await call({ tenant: 'tenant-z' })
  assert.deepEqual([unknown.status, unknown.body.code], [403, 'TENANT_UNKNOWN'])
})

test('malformed and forged tokens get 401, and nobody is asked for them (attack 25)', async (t) => {
  const stranger = await startIssuer()
  t.after(() => stranger.close())
  const before = reached()
  const good = await required(ours).sign()
  for (const token of [
    'x',
    'a.b.c',
    `${good}x`.repeat(2),
    await stranger.sign(),
    await stranger.sign({ claims: { iss: required(ours).url }, header: { jku: `${stranger.url}/jwks` } }),
    await required(ours).sign({ header: { x5u: `${stranger.url}/chain` } }),
    await required(ours).sign({ header: { typ: 'JWT' } }),
  ]) {
    const answer = await fetch(service.origin, { headers: { authorization: `Bearer ${token}` } })
    assert.equal(answer.status, 401, token)
  }
  assert.deepEqual([stranger.reached(), reached() - before], [0, 0])
})

test('a suspended tenant is refused within 5 s, also by the token that let it in before', async () => {
  const headers = { authorization: `Bearer ${await required(ours).sign({ claims: { tenant: 'tenant-b' } })}` }
  const status = async () => (await fetch(service.origin, { headers })).status
  assert.equal(await status(), 200)
  await system.tenantry('tenant', 'suspend', 'tenant-b')
  const deadlineMs = Date.now() + 5_000
  while ((await status()) !== 403) assert.ok(Date.now() < deadlineMs, 'it is still let in')
  await system.tenantry('tenant', 'activate', 'tenant-b')
  while ((await status()) !== 200) assert.ok(Date.now() < deadlineMs + 5_000, 'it is not served again')
})

test('each deployment’s document is for its owner alone, and says whether it accepts access tokens and does central work', async () => {
  for (const deployment of ['notes.pool', 'inner.pool']) {
    assert.equal(statSync(document(deployment)).mode & 0o777, 0o600)
    const { workload, acceptsAccessTokens, database, jobKey } = JSON.parse(
      readFileSync(document(deployment), 'utf8'),
    )
    assert.deepEqual([workload, acceptsAccessTokens], [deployment, deployment === 'notes.pool'])
    // Who holds what: the password of central work, and the key of jobs, are theirs alone whose service was granted it.
    assert.equal(database.central?.user, deployment === 'notes.pool' ? 'pool_notes_central' : undefined)
    assert.equal(jobKey !== undefined, deployment === 'notes.pool')
  }
})

test('it runs a token service, a control plane and PostgreSQL, and no gateway, relay or identity provider', async () => {
  assert.deepEqual([...(await system.processes()).keys()].sort(), [
    'control-plane',
    'postgres',
    'token-service',
  ])
})

for (const victim of ['token-service', 'control-plane']) {
  test(`while a killed ${victim} comes back, callers get 503 at the worst, and then they are served again`, async () => {
    const pid = (await system.processes()).get(victim) ?? assert.fail(`no ${victim}`)
    process.kill(pid, 'SIGKILL')
    const deadlineMs = Date.now() + 15_000
    // Each call brings a token that nobody has seen: it has to be exchanged.
    for (let served = 0; served < 3; ) {
      const { status, body } = await call({ tenant: 'tenant-a', jti: String(Math.random()) })
      assert.ok(status === 200 || status === 503, JSON.stringify(body))
      served = status === 200 ? served + 1 : 0
      assert.ok(Date.now() < deadlineMs, JSON.stringify(body))
      await sleep(50)
    }
    while (!(await system.processes()).has(victim)) await sleep(50)
  })
}

test('when it stops, the documents are gone', async () => {
  await system.stop()
  assert.equal(existsSync(document('notes.pool')), false)
})
