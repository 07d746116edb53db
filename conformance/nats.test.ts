import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, describe, it } from 'node:test'
import shop from '../examples/shop/tenantry.config.ts'
import type { EventLagAnswer } from '../packages/platform/src/index.ts'
import { natsMissing, startNats, type TestNats } from '../tools/start-nats.ts'
import { eventually } from './end-to-end/eventually.ts'
import { RunningSystem } from './end-to-end/running-system.ts'

// The sample shop as it stands, with nothing changed but where its events wait.
describe('the shop with its events in NATS', { skip: natsMissing }, () => {
  const root = join(import.meta.dirname, '..')
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-nats-shop-'))
  const config = join(folder, 'tenantry.config.ts')
  let nats: TestNats
  let system: RunningSystem
  before(async () => {
    nats = await startNats()
    const toShop = (path: string) => join(relative(folder, join(root, 'examples/shop')), path)
    const services = Object.entries(shop.services).map(([name, { entry, migrations, ...service }]) => [
      name,
      { ...service, entry: toShop(entry), ...(migrations && { migrations: toShop(migrations) }) },
    ])
    const events = {
      bus: 'nats',
      servers: nats.relay.servers,
      replicas: 1,
      credentials: {
        userFrom: 'NATS_USER',
        passwordFrom: 'NATS_PASSWORD',
        provisionerUserFrom: 'NATS_PROVISIONER_USER',
        provisionerPasswordFrom: 'NATS_PROVISIONER_PASSWORD',
      },
    }
    const demo = { tenants: { 'tenant-a': 'basic' } }
    const changed = { ...shop, events, demo, services: Object.fromEntries(services) }
    writeFileSync(config, `export default ${JSON.stringify(changed)}`)
    const launcher = join(root, 'packages/cli/bin/tenantry.js')
    system = await RunningSystem.create({ launcher, folder: root, config, nodeFlags: [] })
    Object.assign(system.env, {
      NATS_USER: nats.relay.user,
      NATS_PASSWORD: nats.relay.password,
      NATS_PROVISIONER_USER: nats.provisioner.user,
      NATS_PROVISIONER_PASSWORD: nats.provisioner.password,
    })
    await system.start()
  })
  after(async () => {
    await system?.remove()
    await nats?.stop()
    rmSync(folder, { recursive: true })
  })

  it('invoices each order once', async () => {
    const order = await system.order('tenant-a', [await system.product('tenant-a', '2.25')])
    assert.equal((await system.invoice('tenant-a', order, 10_000)).total_price, '2.25')
    assert.equal((await system.invoices('tenant-a')).length, 1)
  })

  it('counts what waits while the relay cannot reach a server, and delivers it when it can', async () => {
    await nats.kill(0)
    const order = await system.order('tenant-a', [await system.product('tenant-a', '3')])
    await eventually(10_000, async () => {
      const { lag, unread } = (await (await system.operate('/events/lag')).json()) as EventLagAnswer
      return (
        unread.includes('NATS') &&
        lag.some(({ place, tenant }) => place === 'outbox' && tenant === 'tenant-a')
      )
    })
    await nats.restart(0)
    await system.invoice('tenant-a', order, 20_000)
    assert.match(await system.tenantry('events', 'list'), /no such event/)
  })

  it('leaves the credentials of NATS in no process’s environment', async () => {
    for (const [name, pid] of await system.processes()) {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1')
      assert.ok(!environment.includes(nats.relay.password), name)
    }
  })
})
