import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import shop from '../../examples/shop/tenantry.config.ts'
import type { TestNats } from '../../tools/start-nats.ts'
import { RunningSystem } from './running-system.ts'

const root = join(import.meta.dirname, '../..')

/** The sample shop as it stands, with nothing changed but where its events wait. */
export async function createShopOverNats(
  nats: TestNats,
  { replicas, tenants }: { replicas: number; tenants?: Record<string, string> },
): Promise<{ system: RunningSystem; remove(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-nats-shop-'))
  const config = join(folder, 'tenantry.config.ts')
  const toShop = (path: string) => join(relative(folder, join(root, 'examples/shop')), path)
  const services = Object.entries(shop.services).map(([name, { entry, migrations, ...service }]) => [
    name,
    { ...service, entry: toShop(entry), ...(migrations && { migrations: toShop(migrations) }) },
  ])
  const events = {
    ...{ bus: 'nats', servers: nats.relay.servers, replicas },
    credentials: {
      ...{ userFrom: 'NATS_USER', passwordFrom: 'NATS_PASSWORD' },
      ...{
        provisionerUserFrom: 'NATS_PROVISIONER_USER',
        provisionerPasswordFrom: 'NATS_PROVISIONER_PASSWORD',
      },
    },
  }
  const changed = {
    ...{ ...shop, events, services: Object.fromEntries(services) },
    ...(tenants && { demo: { tenants } }),
  }
  writeFileSync(config, `export default ${JSON.stringify(changed)}`)
  const launcher = join(root, 'packages/cli/bin/tenantry.js')
  const system = await RunningSystem.create({ launcher, folder: root, config, nodeFlags: [] })
  Object.assign(system.env, {
    NATS_USER: nats.relay.user,
    NATS_PASSWORD: nats.relay.password,
    NATS_PROVISIONER_USER: nats.provisioner.user,
    NATS_PROVISIONER_PASSWORD: nats.provisioner.password,
  })
  return {
    system,
    async remove() {
      await system.remove()
      rmSync(folder, { recursive: true })
    },
  }
}
