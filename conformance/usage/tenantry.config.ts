import { defineConfig } from 'tenantry/config'

/** One service in the pool, whose use is known to whoever calls it. */
export default defineConfig({
  mode: 'development',
  trustDomain: 'usage.tenantry.localhost',
  identity: {
    issuer: 'http://localhost:8085',
    audience: 'usage',
    claims: { tenant: 'custom:tenant_id', role: 'custom:role' },
  },
  apiKeys: {},
  tiers: { basic: { placement: 'pool' } },
  services: {
    work: {
      entry: 'service.ts',
      migrations: 'migrations',
      routes: ['/work', '/burn'],
      subscribes: ['work.done'],
    },
  },
})
