import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import pg from 'pg'
import type { Orm } from './orm.ts'

const items = pgTable('items', {
  id: integer().primaryKey(),
  name: text().notNull(),
  price: integer().notNull(),
})

export const orm: Orm = {
  name: 'drizzle',
  title: 'Drizzle',
  async withSetting(reach) {
    const pool = new pg.Pool(reach)
    const db = drizzle({ client: pool })
    return {
      read: (tenant, id) =>
        db.transaction(async (tx) => {
          await tx.execute(sql`select set_config('app.tenant', ${tenant}, true)`)
          const [item] = await tx.select().from(items).where(eq(items.id, id))
          return item
        }),
      close: () => pool.end(),
    }
  },
  async overPool(pool) {
    const db = drizzle({ client: pool })
    return {
      async read(id) {
        const [item] = await db.select().from(items).where(eq(items.id, id))
        return item
      },
      close: async () => undefined,
    }
  },
}
