/**
 * `node write-migrations.ts knex` (or `kysely`): writes each migration of the data layer's own form as the SQL file beside it, which
 * `tenantry migrate` takes.
 */
import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The migrations in `<layer>/migrations`, as SQL; no database is asked. */
export async function sqlOfMigrations(layer: string): Promise<{ file: string; sql: string }[]> {
  const { sqlOfMigration } = await import(`./${layer}/sql-of-migration.ts`)
  const folder = join(import.meta.dirname, layer, 'migrations')
  const names = globSync('*.ts', { cwd: folder }).sort()
  return Promise.all(
    names.map(async (name) => ({
      file: join(folder, name.replace(/\.ts$/, '.sql')),
      sql: await sqlOfMigration(await import(join(folder, name))),
    })),
  )
}

if (import.meta.main) {
  const [layer = 'knex'] = process.argv.slice(2)
  for (const { file, sql } of await sqlOfMigrations(layer)) writeFileSync(file, sql)
}
