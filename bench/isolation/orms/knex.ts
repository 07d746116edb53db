import knex from 'knex'
import type { Item, Orm } from './orm.ts'

export const orm: Orm = {
  name: 'knex',
  title: 'Knex',
  async withSetting({ max, ...connection }) {
    const db = knex({ client: 'pg', connection: { ...connection }, pool: { min: 0, max } })
    return {
      read: (tenant, id) =>
        db.transaction<Item | undefined>(async (trx) => {
          await trx.raw(`select set_config('app.tenant', ?, true)`, [tenant])
          return trx<Item>('items').where({ id }).first('id', 'name', 'price')
        }),
      close: () => db.destroy(),
    }
  },
  async overPool(pool) {
    // Given, so that the first request is not asked for it.
    const db = knex({ client: 'pg', version: '18.0', connectionPool: pool })
    return {
      read: (id) => db<Item>('items').where({ id }).first('id', 'name', 'price'),
      close: () => db.destroy(),
    }
  },
}
