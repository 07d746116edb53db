import { defineConfig } from 'tenantry/config'

// Two services that were written for one customer each, and have no line of Tenantry.
export default defineConfig({
  mode: 'development',
  trustDomain: 'unedited.tenantry.localhost',
  identity: {
    issuer: 'http://localhost:8085',
    audience: 'unedited',
    claims: { tenant: 'custom:tenant_id', role: 'custom:role' },
  },
  tiers: {
    basic: { placement: 'pool' },
    premium: { placement: 'silo' },
  },
  services: {
    helpdesk: {
      entry: 'helpdesk/src/server.ts',
      register: true,
      migrations: 'helpdesk/migrations',
      routes: ['/tickets'],
      open: ['/health'],
    },
    stockroom: {
      entry: 'stockroom/server.js',
      register: true,
      migrations: 'stockroom/migrations',
      routes: ['/stock'],
    },
  },
  demo: {
    tenants: { 'tenant-a': 'basic', 'tenant-b': 'basic', 'tenant-c': 'premium' },
  },
})
