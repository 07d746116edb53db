import { defineConfig } from 'tenantry/config'

export default defineConfig({
  mode: 'development',
  trustDomain: 'packed.tenantry.localhost',
  identity: {
    issuer: 'http://localhost:8085',
    audience: 'packed',
    claims: { tenant: 'custom:tenant_id', role: 'custom:role' },
  },
  tiers: { basic: { placement: 'pool' }, premium: { placement: 'silo' } },
  services: {
    product: { entry: 'service.js', migrations: 'migrations', routes: ['/products'] },
    visit: { entry: 'visit.cjs', register: true, migrations: 'visit-migrations', routes: ['/visits'] },
    note: { entry: 'note.cjs', migrations: 'note-migrations', routes: ['/notes'] },
  },
  demo: { tenants: { 'tenant-a': 'basic', 'tenant-b': 'basic', 'tenant-c': 'premium' } },
})
