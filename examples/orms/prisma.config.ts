import { defineConfig } from 'prisma/config'

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  // A developer's own, with the tables as for one customer: `prisma migrate dev` works there, and `tenantry migrate` takes its files.
  datasource: { url: process.env.PLAIN_DATABASE_URL },
})
