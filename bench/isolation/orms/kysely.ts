import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { Item, Orm } from './orm.ts'

export const orm: Orm = {
  name: 'kysely',
  title: 'Kysely',
  async withSetting(reach) {
    const db = new Kysely<{ items: Item }>({ dialect: new PostgresDialect({ pool: new pg.Pool(reach) }) })
    return {
      read: (tenant, id) =>
        db.transaction().execute(async (trx) => {
          await sql`select set_config('app.tenant', ${tenant}, true)`.execute(trx)
          return trx
            .selectFrom('items')
            .select(['id', 'name', 'price'])
            .where('id', '=', id)
            .executeTakeFirst()
        }),
      close: () => db.destroy(),
    }
  },
  async overPool(pool) {
    const db = new Kysely<{ items: Item }>({ dialect: new PostgresDialect({ pool }) })
    return {
      read: (id) =>
        db.selectFrom('items').select(['id', 'name', 'price']).where('id', '=', id).executeTakeFirst(),
      // The pool is not this row's to end.
      close: async () => undefined,
    }
  },
}
