import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listMigrations, type Migration } from '../../../packages/isolation/src/index.ts'

/** The migrations of a folder, as the platform reads them. */
export function readMigrations(folder: string): Migration[] {
  return listMigrations(globSync('**', { cwd: folder })).map((name) => ({
    name,
    sql: readFileSync(join(folder, name), 'utf8'),
  }))
}
