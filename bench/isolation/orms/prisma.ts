import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { isolatePrisma } from 'tenantry/prisma'
import { PrismaClient } from '../../generated/prisma/client.ts'
import type { Orm } from './orm.ts'

export const orm: Orm = {
  name: 'prisma',
  title: 'Prisma',
  async withSetting(reach, schema) {
    const pool = new pg.Pool(reach)
    const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { schema }) })
    // As its own example of row-level security has it: an extension for each request, an array transaction for each query.
    const forTenant = (tenant: string) =>
      prisma.$extends({
        query: {
          $allModels: {
            async $allOperations({ args, query }) {
              const [, result] = await prisma.$transaction([
                prisma.$executeRaw`select set_config('app.tenant', ${tenant}, true)`,
                query(args),
              ])
              return result
            },
          },
        },
      })
    return {
      read: (tenant, id) => forTenant(tenant).item.findUnique({ where: { id } }),
      async close() {
        await prisma.$disconnect()
        await pool.end()
      },
    }
  },
  async overPool(pool, schema) {
    const prisma = isolatePrisma(new PrismaClient({ adapter: new PrismaPg(pool, { schema }) }))
    return {
      read: (id) => prisma.item.findUnique({ where: { id } }),
      close: () => prisma.$disconnect(),
    }
  },
}
