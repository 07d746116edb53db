import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningSystem } from '../end-to-end/running-system.ts'

/** How often a second each demo tenant asks the shop for something, on average. */
const askedPerSecond = { 'tenant-a': 16, 'tenant-b': 6, 'tenant-c': 4, 'tenant-d': 2, 'tenant-e': 1 } as const
type Shopper = keyof typeof askedPerSecond
const missing = '00000000-0000-4000-8000-000000000000'

/**
 * Sends the shop what its customers would: products read and made, orders placed, invoices looked at, and now and then something that is not
 * there. Settles once every tenant has been answered; what is returned ends it.
 */
export async function startShopTraffic(system: RunningSystem): Promise<() => Promise<void>> {
  const isOver = new AbortController()
  const shoppers = Object.keys(askedPerSecond) as Shopper[]
  const products = new Map<Shopper, string>()
  for (const tenant of shoppers) products.set(tenant, await system.product(tenant, '12.50'))
  const loops = shoppers.map(async (tenant) => {
    for (let turn = 0; !isOver.signal.aborted; turn++) {
      await askOnce(system, { tenant, product: products.get(tenant) ?? '', turn })
      await sleep((1_000 / askedPerSecond[tenant]) * (0.5 + Math.random()), undefined, { ref: false })
    }
  })
  return async () => {
    isOver.abort()
    await Promise.all(loops)
  }
}

async function askOnce(
  system: RunningSystem,
  { tenant, product, turn }: { tenant: string; product: string; turn: number },
): Promise<void> {
  const call = (method: string, path: string, body?: object) => system.call(tenant, method, path, body)
  const { status } =
    turn % 7 === 0
      ? await call('POST', '/orders', { name: 'An order', products: [product] })
      : turn % 5 === 0
        ? await call('GET', '/invoices')
        : await call('GET', `/products/${turn % 11 === 0 ? missing : product}`)
  // Access tokens end; the next call asks for a new one.
  if (status === 401) system.forgetTokens()
}
