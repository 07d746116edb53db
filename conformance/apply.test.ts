import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { configDigest, readConfig } from '@tenantry/routing'
import { SteadyLoad } from './apply/steady-load.ts'
import { RunningSystem } from './end-to-end/running-system.ts'

// A shop whose configuration is changed again and again while its users go on.
const root = resolve(import.meta.dirname, '..')
const launcher = join(root, 'packages/cli/bin/tenantry.js')
const folder = mkdtempSync(join(tmpdir(), 'tenantry-apply-'))
const config = join(folder, 'tenantry.config.ts')
let system: RunningSystem
let load: SteadyLoad | undefined

const product = { entry: 'product/src/main.ts', migrations: 'product/migrations', routes: ['/products'] }
const order = {
  entry: 'order/src/main.ts',
  migrations: 'order/migrations',
  routes: ['/orders'],
  calls: ['fulfillment'],
  subscribes: ['order.placed'],
}
const fulfillment = { entry: 'fulfillment/src/main.ts', migrations: 'fulfillment/migrations' }
const invoice = {
  entry: 'invoice/src/main.ts',
  migrations: 'invoice/migrations',
  routes: ['/invoices'],
  calls: ['product'],
  subscribes: ['order.fulfilled'],
}
const pool = { placement: 'pool' }

const first = {
  mode: 'development',
  trustDomain: 'apply.tenantry.localhost',
  identity: {
    issuer: 'http://localhost:8085',
    audience: 'shop',
    claims: { tenant: 'custom:tenant_id', role: 'custom:role' },
  },
  tiers: { basic: pool, small: pool, half: { placement: { invoice: 'silo', '*': 'pool' } } } as object,
  services: { product, order, fulfillment } as object,
  demo: { tenants: { 'tenant-a': 'basic', 'tenant-b': 'half', 'tenant-s': 'small' } },
}
// Until there is such a service a placement cannot name it.
first.tiers = { basic: pool, small: pool, half: pool }

/** What the last apply made hold. */
let inForce: typeof first & { gateway?: object } = first

const write = (content: object) => writeFileSync(config, `export default ${JSON.stringify(content)}`)

before(async () => {
  for (const service of ['product', 'order', 'fulfillment', 'invoice'])
    symlinkSync(join(root, 'examples/shop', service), join(folder, service))
  writeFileSync(join(folder, 'broken.ts'), `throw new Error('this entry is broken')`)
  write(first)
  system = await RunningSystem.create({ launcher, folder, config, nodeFlags: [] })
  await system.start()
  const products: Record<string, string> = {}
  for (const tenant of ['tenant-a', 'tenant-b']) products[tenant] = await system.product(tenant, '2.00')
  load = new SteadyLoad(system, products)
})
afterEach(() => assert.deepEqual(load?.failed, [], 'a request failed'))
after(async () => {
  await load?.stop()
  await system?.remove()
  rmSync(folder, { recursive: true })
})

async function run(...args: string[]) {
  const child = spawn(process.execPath, [launcher, ...args, '--config', config], {
    cwd: folder,
    env: system.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { status: child.exitCode, out: stripVTControlCharacters(out), errors: stripVTControlCharacters(errors) }
}

/** Applies a file, and takes it for what holds. */
async function apply(next: typeof inForce) {
  write(next)
  const answered = load?.answered ?? 0
  const { status, out, errors } = await run('apply', '--yes')
  assert.equal(status, 0, out + errors)
  assert.ok((load?.answered ?? 0) > answered, 'nobody asked anything meanwhile')
  inForce = next
  return out
}

/** Sends a configuration as the command does, and with what it was planned against. */
async function send(next: object, against?: string) {
  const { config: now } = (await (await system.operate('/config')).json()) as { config: never }
  const read = readConfig(next)
  for (const issuer of read.identity) issuer.issuer = (now as { identity: { issuer: string }[] }).identity[0]?.issuer ?? ''
  const body = { config: read, folder, against: against ?? configDigest(now) }
  const answer = await system.operate('/apply', { body })
  return { status: answer.status, ...((await answer.json()) as { code?: string; message?: string }) }
}

async function eventually(what: string, holds: () => Promise<boolean>) {
  const deadlineMs = performance.now() + 5_000
  while (!(await holds())) {
    assert.ok(performance.now() < deadlineMs, `${what}: not within 5 s`)
    await sleep(50)
  }
}

const planned = async () => (await run('plan')).status

test('a changed limit of a tier holds, by new gateways alone', async () => {
  const before = await system.processes()
  const out = await apply({
    ...inForce,
    tiers: { ...inForce.tiers, small: { ...pool, limits: { requestsPerSecond: 0.1, burst: 2 } } },
  })
  assert.match(out, /renewed +gateway/)
  await eventually('the limit', async () => (await system.call('tenant-s', 'GET', '/products')).status === 429)
  assert.equal(await planned(), 0)
  const after = await system.processes()
  for (const name of ['token-service', 'identity-provider', 'product.pool', 'order.pool'])
    assert.equal(after.get(name), before.get(name), `${name} was renewed`)
  assert.notEqual(after.get('gateway'), before.get('gateway'))
})
