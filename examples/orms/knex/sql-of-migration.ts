import knex, { type Knex } from 'knex'

/** What a migration of Knex would run, without a database: its `up` returns what it built. */
export async function sqlOfMigration({ up }: { up(db: Knex): Knex.SchemaBuilder }): Promise<string> {
  return `${up(knex({ client: 'pg' })).toQuery()};\n`
}
