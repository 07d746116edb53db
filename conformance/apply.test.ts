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
import { configDigest, readConfig, type TenantryConfig } from '@tenantry/routing'
import type { RolloutReport } from '../packages/platform/src/control-plane/apply/rollout-report.ts'
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
  calls: ['product', 'fulfillment'],
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
  tiers: { basic: pool, small: pool, half: pool } as object,
  services: { product, order, fulfillment, old: fulfillment } as object,
  demo: { tenants: { 'tenant-a': 'basic', 'tenant-b': 'half', 'tenant-s': 'small' } },
}
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
  await system.token('tenant-s')
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
  return {
    status: child.exitCode,
    out: stripVTControlCharacters(out),
    errors: stripVTControlCharacters(errors),
  }
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

/** The configuration in force, as the control plane tells it. */
async function told(): Promise<TenantryConfig> {
  return ((await (await system.operate('/config')).json()) as { config: TenantryConfig }).config
}

/** A file as the command reads it: the identity provider is where it was started. */
async function read(content: object): Promise<TenantryConfig> {
  const config = readConfig(content)
  const [now] = (await told()).identity
  return {
    ...config,
    identity: config.identity.map((one) => ({ ...one, issuer: now?.issuer ?? one.issuer })),
  }
}

/** Sends a configuration as the command does, and with what it was planned against. */
async function send(config: object, against?: string) {
  const body = { config, folder, against: against ?? configDigest(await told()) }
  const answer = await system.operate('/apply', { body })
  return { status: answer.status, ...((await answer.json()) as { code?: string; message?: string }) }
}

/** True when a plan would say "nothing". */
async function isInForce() {
  return configDigest(await told()) === configDigest(await read(inForce))
}

async function eventually(what: string, holds: () => Promise<boolean>) {
  const deadlineMs = performance.now() + 5_000
  while (!(await holds())) {
    assert.ok(performance.now() < deadlineMs, `${what}: not within 5 s`)
    await sleep(30)
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
  await eventually(
    'the limit',
    async () => (await system.call('tenant-s', 'GET', '/products')).status === 429,
  )
  assert.equal(await planned(), 0)
  const after = await system.processes()
  for (const name of ['token-service', 'identity-provider', 'product.pool', 'order.pool'])
    assert.equal(after.get(name), before.get(name), `${name} was renewed`)
  assert.notEqual(after.get('gateway'), before.get('gateway'))
})

test('changed routes and timeouts of the gateway hold, and meanwhile nobody applies another file', async () => {
  assert.equal((await system.call('tenant-a', 'GET', '/goods')).body.code, 'ROUTE_UNKNOWN')
  const applied = apply({
    ...inForce,
    gateway: { timeouts: { keepAliveMs: 7_000 } },
    services: { ...inForce.services, product: { ...product, routes: ['/products', '/goods'] } },
  })
  const other = { ...inForce, gateway: { timeouts: { keepAliveMs: 9_000 } } }
  for (let state = ''; state !== 'running'; await sleep(20)) {
    const { rollout } = (await (await system.operate('/apply')).json()) as { rollout: RolloutReport }
    state = rollout.state
  }
  const second = await send(await read(other))
  assert.deepEqual([second.status, second.code], [409, 'APPLY_BUSY'])
  await applied
  await eventually('the timeout', async () => {
    const { headers, body } = await system.call('tenant-a', 'GET', '/goods')
    return body.code !== 'ROUTE_UNKNOWN' && headers.get('keep-alive') === 'timeout=7'
  })
  assert.equal(await isInForce(), true)
})

test('a new service comes up for everyone, in silos of their own too, a changed one is renewed, and one that is taken out ends', async () => {
  const before = await system.processes()
  const { old: _, ...services } = inForce.services as Record<string, object>
  const out = await apply({
    ...inForce,
    tiers: { ...inForce.tiers, half: { placement: { invoice: 'silo', '*': 'pool' } } },
    services: { ...services, invoice, fulfillment: { ...fulfillment, open: ['/health'] } },
  })
  for (const tenant of ['tenant-a', 'tenant-b'])
    await eventually(
      `invoices of ${tenant}`,
      async () => (await system.call(tenant, 'GET', '/invoices')).status === 200,
    )
  assert.match(out, /stopped +old\.pool/)
  assert.match(out, /started +invoice\.pool/)
  assert.match(out, /started +invoice\.[0-9a-f]{8}/)
  const lamp = await system.product('tenant-b', '3.00')
  assert.equal(
    (await system.invoice('tenant-b', await system.order('tenant-b', [lamp]), 10_000)).total_price,
    '3.00',
  )
  assert.equal(await isInForce(), true)
  // What the others know of it they were told.
  const after = await system.processes()
  assert.match(out, /told +order\.pool/)
  assert.match(out, /renewed +fulfillment\.pool/)
  assert.notEqual(after.get('fulfillment.pool'), before.get('fulfillment.pool'))
  for (const name of ['product.pool', 'order.pool'])
    assert.equal(after.get(name), before.get(name), `${name} was renewed`)
})

test('what would move a tenant is refused by the command and by the control plane, and changes nothing', async () => {
  const before = await system.processes()
  const moved = {
    ...inForce,
    tiers: { ...inForce.tiers, basic: { placement: { product: 'silo', '*': 'pool' } } },
  }
  write(moved)
  const { status, out } = await run('apply', '--yes')
  assert.equal(status, 1)
  assert.match(out, /PLACEMENT_CHANGE/)
  const sent = await send(await read(moved))
  assert.deepEqual([sent.status, sent.code], [409, 'PLACEMENT_CHANGE'])
  const { small: _, ...kept } = inForce.tiers as Record<string, object>
  const gone = await send(await read({ ...inForce, tiers: kept, demo: undefined }))
  assert.deepEqual([gone.status, gone.code], [409, 'TIER_IN_USE'])
  write(inForce)
  assert.equal(await isInForce(), true)
  assert.deepEqual(await system.processes(), before)
})

test('what a running system cannot take in is refused by name, with the next step', async () => {
  write({ ...inForce, trustDomain: 'other.example' })
  const { status, out } = await run('apply', '--yes')
  assert.equal(status, 1)
  assert.match(out, /next start on: `trustDomain` cannot change while it runs/)
  const sent = await send(await read({ ...inForce, trustDomain: 'other.example' }))
  assert.deepEqual([sent.status, sent.code], [409, 'APPLY_NEEDS_RESTART'])
  assert.match(sent.message ?? '', /`trustDomain`/)
  const unknown = await send(await read({ ...inForce, limits: { redis: { urlFrom: 'NOT_THERE' } } }))
  assert.equal(unknown.status, 409)
  assert.match(unknown.message ?? '', /NOT_THERE/)
})

test('without a terminal it wants to be told `--yes`, and a plan that went stale is not carried out', async () => {
  write({ ...inForce, gateway: { timeouts: { keepAliveMs: 8_000 } } })
  const { status, errors } = await run('apply')
  assert.equal(status, 1)
  assert.match(errors, /APPLY_UNCONFIRMED[\s\S]*--yes/)
  const stale = await send(await read(inForce), configDigest(readConfig(first)))
  assert.deepEqual([stale.status, stale.code], [409, 'PLAN_STALE'])
  const faulty = await send({ services: 1 })
  assert.deepEqual([faulty.status, faulty.code], [400, 'CONFIG_INVALID'])
})

test('of a service that does not start it says why, and what was in force holds again', async () => {
  write({
    ...inForce,
    services: { ...inForce.services, broken: { entry: 'broken.ts', routes: ['/broken'] } },
  })
  const { status, out } = await run('apply', '--yes')
  assert.equal(status, 1)
  assert.match(out, /the file does not hold: `broken\.pool` does not start[\s\S]*put back/)
  write(inForce)
  assert.equal(await isInForce(), true)
  assert.equal((await system.call('tenant-a', 'GET', '/broken')).body.code, 'ROUTE_UNKNOWN')
  assert.ok((await system.processes()).has('gateway'))
})
