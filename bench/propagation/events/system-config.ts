import { readConfig, type TenantryConfig } from '@tenantry/routing'
import { tenants } from './orders.ts'

/** The configuration of the measured system; whatever it does not name is as a user would have it. */
export function systemConfig(identityPort: number): TenantryConfig {
  return readConfig({
    mode: 'development',
    trustDomain: 'bench.tenantry.localhost',
    identity: {
      issuer: `http://localhost:${identityPort}`,
      audience: 'bench',
      claims: { tenant: 'custom:tenant_id', role: 'custom:role' },
    },
    tiers: { basic: { placement: 'pool' } },
    services: {
      order: { entry: 'order.ts', migrations: 'migrations/order', routes: ['/orders'] },
      invoice: { entry: 'invoice.ts', migrations: 'migrations/invoice', subscribes: ['order.placed'] },
    },
    demo: { tenants: Object.fromEntries(tenants.map((tenant) => [tenant, 'basic'])) },
  })
}
