import { defineConfig } from 'tenantry/config'

export default defineConfig({
  mode: 'development', // 'production' wants an issuer on https, and TENANTRY_STATE_KEY
  trustDomain: 'projects.example',
  identity: {
    issuer: process.env.ISSUER ?? 'https://id.example.com',
    audience: 'projects',
    claims: { tenant: 'organization_id', role: 'role' },
  },
  tiers: { basic: { placement: 'pool' } },
  services: {
    projects: {
      entry: 'src/server.ts',
      acceptsAccessTokens: true,
      open: ['/health'],
      adopts: {
        urlFrom: 'DATABASE_URL',
        provisionerUrlFrom: 'ADMIN_DATABASE_URL',
        column: 'organization_id',
      },
    },
  },
})
