import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'

/** What a migration of Kysely would run, without a database: its driver of that kind takes every statement, and runs none. */
export async function sqlOfMigration({ up }: { up(db: Kysely<unknown>): Promise<void> }): Promise<string> {
  const statements: string[] = []
  const db = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    log({ query }) {
      if (query.parameters.length > 0) throw new Error(`a migration has no parameters: ${query.sql}`)
      statements.push(`${query.sql};\n`)
    },
  })
  await up(db)
  return statements.join('')
}
