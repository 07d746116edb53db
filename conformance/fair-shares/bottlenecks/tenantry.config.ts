import { defineConfig } from 'tenantry/config'

// What is scarce here is no processor: ten connections for the notes, and the turns of events.
export default defineConfig({
  mode: 'development',
  trustDomain: 'shares.tenantry.localhost',
  identity: {
    issuer: 'http://localhost:8085',
    audience: 'notes',
    claims: { tenant: 'custom:tenant_id', role: 'custom:role' },
  },
  tiers: { basic: { placement: 'pool' } },
  services: {
    note: { entry: 'note.ts', migrations: 'migrations/note', routes: ['/notes'] },
    reader: {
      entry: 'reader.ts',
      migrations: 'migrations/reader',
      routes: ['/readings'],
      subscribes: ['note.kept'],
    },
  },
  database: { connectionsPerDeployment: { pool: 10 } },
  demo: { tenants: { loud: 'basic', first: 'basic', second: 'basic', third: 'basic' } },
})
