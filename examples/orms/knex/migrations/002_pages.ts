import type { Knex } from 'knex'

export function up({ schema }: Knex): Knex.SchemaBuilder {
  return schema.alterTable('books', (table) => {
    table.integer('pages')
    table.index('title')
  })
}
