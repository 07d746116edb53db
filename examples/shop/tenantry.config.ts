import { defineConfig } from 'tenantry/config'

export default defineConfig({
  mode: 'development',
  trustDomain: 'shop.tenantry.localhost',
  identity: {
    issuer: 'http://localhost:8085',
    audience: 'shop',
    claims: { tenant: 'custom:tenant_id', role: 'custom:role' },
  },
  apiKeys: {},
  tiers: {
    basic: { placement: 'pool' },
    advanced: { placement: { fulfillment: 'silo', invoice: 'silo', '*': 'pool' } },
    premium: { placement: 'silo' },
  },
  services: {
    product: { entry: 'product/src/main.ts', migrations: 'product/migrations', routes: ['/products'] },
    order: {
      entry: 'order/src/main.ts',
      migrations: 'order/migrations',
      routes: ['/orders'],
      calls: ['product', 'fulfillment'],
      subscribes: ['order.placed'],
    },
    fulfillment: { entry: 'fulfillment/src/main.ts', migrations: 'fulfillment/migrations' },
    invoice: {
      entry: 'invoice/src/main.ts',
      migrations: 'invoice/migrations',
      routes: ['/invoices'],
      calls: ['product'],
      subscribes: ['order.fulfilled'],
    },
  },
  metrics: {
    // What such a shop might be paid for, so that there is something to see.
    cost: {
      currency: 'USD',
      perHour: { platform: 0.06, pool: { '*': 0.04 }, silo: { '*': 0.02 } },
      perUnit: { millionRequests: 0.4, gibibyteOut: 0.09, databaseHour: 0.11 },
    },
  },
  demo: {
    tenants: {
      'tenant-a': 'basic',
      'tenant-b': 'advanced',
      'tenant-c': 'premium',
      'tenant-d': 'basic',
      'tenant-e': 'advanced',
    },
  },
})
