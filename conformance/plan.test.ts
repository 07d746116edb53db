import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { RunningSystem } from './end-to-end/running-system.ts'

// A shop whose configuration is changed while it runs, and that is then started again with what was planned.
const root = resolve(import.meta.dirname, '..')
const launcher = join(root, 'packages/cli/bin/tenantry.js')
const folder = mkdtempSync(join(tmpdir(), 'tenantry-plan-'))
const config = join(folder, 'tenantry.config.ts')
let system: RunningSystem

const product = { entry: 'product/src/main.ts', migrations: 'product/migrations', routes: ['/products'] }
const invoice = {
  entry: 'invoice/src/main.ts',
  migrations: 'invoice/migrations',
  routes: ['/invoices'],
  calls: ['product'],
  subscribes: ['order.fulfilled'],
}
const tiers = { basic: { placement: 'pool' }, half: { placement: 'pool' }, premium: { placement: 'silo' } }

/** The configuration that the shop was first started with. */
const first = {
  mode: 'development',
  trustDomain: 'plan.tenantry.localhost',
  identity: {
    issuer: 'http://localhost:8085',
    audience: 'shop',
    claims: { tenant: 'custom:tenant_id', role: 'custom:role' },
  },
  tiers,
  services: { product },
  demo: { tenants: { 'tenant-a': 'basic', 'tenant-b': 'half', 'tenant-c': 'premium' } },
}
/** With another service, for which one tier has a silo where it had none. */
const grown = {
  ...first,
  tiers: { ...tiers, half: { placement: { invoice: 'silo', '*': 'pool' } } },
  services: { product, invoice },
}
/** With a placement that would move what a tenant has. */
const moved = { ...grown, tiers: { ...grown.tiers, basic: { placement: { product: 'silo', '*': 'pool' } } } }

const write = (content: object) => writeFileSync(config, `export default ${JSON.stringify(content)}`)

before(async () => {
  for (const service of ['product', 'invoice'])
    symlinkSync(join(root, 'examples/shop', service), join(folder, service))
  write(first)
  system = await RunningSystem.create({ launcher, folder, config, nodeFlags: [] })
  await system.start()
})
after(async () => {
  await system?.remove()
  rmSync(folder, { recursive: true })
})

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    // From anywhere: a running system knows the file that it was started with.
    cwd: tmpdir(),
    env: system.env,
    encoding: 'utf8',
    // One that starts where it should have refused would run on.
    timeout: 60_000,
    killSignal: 'SIGINT',
  })
  return { status, text: stripVTControlCharacters(stdout), stderr: stripVTControlCharacters(stderr) }
}

const plan = (...args: string[]) => run('plan', ...args)

async function tenant(id: string) {
  const { placement, silo } = (await (await system.operate(`/tenants/${id}`)).json()) as {
    placement: Record<string, string>
    silo: string | null
  }
  return { placement, silo }
}

test('a file that says what is in force plans nothing', () => {
  const { status, text } = plan()
  assert.deepEqual([status, text], [0, '✓ the file says what is in force\n'])
})

test('a new service is planned for each tenant as its tier says, and is there from the next start on', async () => {
  const lamp = await system.product('tenant-c', '12.50')
  write(grown)
  const { status, text } = plan()
  assert.equal(status, 2)
  assert.match(text, /\+ {2}services\.invoice .*3: tenant-a, tenant-b, tenant-c/)
  assert.match(text, /half +invoice +new +silo +1: tenant-b/)
  assert.match(text, /basic +invoice +new +pool +1: tenant-a/)
  const { outcome, moves } = JSON.parse(plan('--json').text) as { outcome: string; moves: unknown[] }
  assert.deepEqual([outcome, moves.length], ['changes', 3])
  assert.deepEqual(await tenant('tenant-b'), { placement: { product: 'pool' }, silo: null })

  const before = await tenant('tenant-c')
  await system.stop()
  await system.start()
  const { placement, silo } = await tenant('tenant-b')
  assert.deepEqual(placement, { product: 'pool', invoice: 'silo' })
  assert.match(silo ?? '', /^[0-9a-f]{8}$/)
  assert.deepEqual(await tenant('tenant-c'), {
    placement: { product: 'silo', invoice: 'silo' },
    silo: before.silo,
  })
  for (const id of ['tenant-a', 'tenant-b', 'tenant-c']) assert.deepEqual(await system.invoices(id), [])
  assert.equal((await system.call('tenant-c', 'GET', `/products/${lamp}`)).status, 200)
  assert.equal(plan().status, 0)
})

test('a placement that would move a tenant is refused by the plan and by the next start, which changes nothing', async () => {
  const lamp = await system.product('tenant-a', '9.00')
  write(moved)
  const { status, text } = plan()
  assert.equal(status, 1)
  assert.match(text, /basic +product +pool +silo +1: tenant-a +refused/)
  assert.match(text, /`product` of `tenant-a` would move from pool to silo \(PLACEMENT_CHANGE\)/)

  await system.stop()
  const started = run('start', '--config', config)
  assert.equal(started.status, 1)
  assert.match(started.stderr, /PLACEMENT_CHANGE/)
  assert.match(started.stderr, /put the placement of `product` in tier `basic` back/)

  write(grown)
  await system.start()
  assert.deepEqual(await tenant('tenant-a'), { placement: { product: 'pool', invoice: 'pool' }, silo: null })
  assert.equal((await system.call('tenant-a', 'GET', `/products/${lamp}`)).status, 200)
})

test('a tier that a tenant has cannot be taken away', async () => {
  const { premium: _, ...kept } = grown.tiers
  write({ ...grown, tiers: kept, demo: undefined })
  const { status, text } = plan()
  assert.equal(status, 1)
  assert.match(text, /- {2}tiers\.premium .*1: tenant-c +refused/)
  await system.stop()
  assert.match(run('start', '--config', config).stderr, /TIER_IN_USE/)
  write(grown)
  await system.start()
})

test('a service that is taken out runs nowhere, and what else is in the silo goes on', async () => {
  write({ ...grown, services: { product }, tiers })
  assert.equal(plan().status, 2)
  await system.stop()
  await system.start()
  assert.doesNotMatch(system.output, /did not come up/)
  assert.equal((await system.call('tenant-c', 'GET', '/products')).status, 200)
  assert.equal((await system.call('tenant-c', 'GET', '/invoices')).status, 404)
  const running = [...(await system.processes()).keys()].filter((name) => name.startsWith('invoice'))
  assert.deepEqual(running, [])
  // Put back, it is where it was.
  const { silo } = await tenant('tenant-b')
  write(grown)
  await system.stop()
  await system.start()
  assert.deepEqual(await tenant('tenant-b'), { placement: { product: 'pool', invoice: 'silo' }, silo })
  assert.deepEqual(await system.invoices('tenant-b'), [])
})

test('a file with faults is told of by path, and without a running system there is nothing to compare with', async () => {
  await system.stop()
  const alone = plan()
  assert.deepEqual([alone.status, alone.text], [1, ''])
  assert.match(alone.stderr, /CONTROL_PLANE_DOWN/)
  const faulty = join(folder, 'faulty.config.ts')
  writeFileSync(faulty, 'export default {}')
  const { status, stderr } = run('plan', '--config', faulty)
  assert.equal(status, 1)
  assert.match(stderr, /CONFIG_INVALID/)
})
