import knex from 'knex'
import type { Item, Orm } from './orm.ts'

export const orm: Orm = {
  name: 'knex',
  title: 'Knex',
  async withSetting({ max, ...connection }) {
    const db = knex({ client: 'pg', connection, pool: { min: 0, max } })
    return {
      read: (tenant, id) =>
        db.transaction(async (trx) => {
          await trx.raw(`select set_config('app.tenant', ?, true)`, [tenant])
          const [item] = await trx<Item>('items').select('id', 'name', 'price').where({ id })
          return item
        }),
      close: () => db.destroy(),
    }
  },
  async overPool(pool) {
    // The version is given, or Knex would ask for it in the first request.
    const db = knex({ client: 'pg', version: '18.0', connectionPool: pool })
    return {
      async read(id) {
        const [item] = await db<Item>('items').select('id', 'name', 'price').where({ id })
        return item
      },
      close: () => db.destroy(),
    }
  },
}
