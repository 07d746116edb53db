import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('books').addColumn('pages', 'integer').execute()
  await db.schema.createIndex('books_title_index').on('books').column('title').execute()
}
