import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TenantryError } from '@tenantry/context'
import { listMigrations, type Migration } from '@tenantry/isolation'
import type { TenantryConfig } from '@tenantry/routing'
import type { ClientBase } from 'pg'

/** Reads a service's migrations from the folder that the configuration names, by name; throws `MIGRATIONS_UNREADABLE`. */
export async function readMigrations(
  config: TenantryConfig,
  configFolder: string,
  service: string,
): Promise<Migration[]> {
  const folder = config.services[service]?.migrations
  if (!folder) return []
  const path = join(configFolder, folder)
  const files = await readdir(path, { recursive: true }).catch((cause: unknown) => {
    throw new TenantryError('MIGRATIONS_UNREADABLE', `the migrations of \`${service}\` cannot be read`, {
      help: `see that the folder \`${folder}\` is there, as tenantry.config.ts names it`,
      cause,
    })
  })
  const names = listMigrations(files)
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(join(path, name), 'utf8') })))
}

/** The names of the migrations that were applied in a database, by service; none where nothing was installed yet. */
export async function readAppliedMigrations(client: ClientBase): Promise<Map<string, Set<string>>> {
  const { rows: known } = await client.query<{ there: boolean }>(
    `select to_regclass('tenantry.migrations') is not null as there`,
  )
  if (!known[0]?.there) return new Map()
  const { rows } = await client.query<{ service: string; name: string }>(
    'select service, name from tenantry.migrations',
  )
  const applied = new Map<string, Set<string>>()
  for (const [service, own] of Map.groupBy(rows, (row) => row.service)) {
    applied.set(service, new Set(own.map(({ name }) => name)))
  }
  return applied
}
