import type { Knex } from 'knex'

export function up({ schema, fn }: Knex): Knex.SchemaBuilder {
  return schema
    .createTable('authors', (table) => {
      table.uuid('id').primary().defaultTo(fn.uuid())
      table.text('name').notNullable()
    })
    .createTable('books', (table) => {
      table.uuid('id').primary().defaultTo(fn.uuid())
      table.text('isbn').notNullable().unique()
      table.text('title').notNullable()
      table.uuid('author_id').notNullable().references('authors.id')
    })
}
