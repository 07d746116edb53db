import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { TenantryConfig } from '@tenantry/routing'
import { readMigrations } from './service-migrations.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-migrations-'))
after(() => rmSync(folder, { recursive: true }))

const configFor = (migrations: string) =>
  ({ services: { note: { migrations } } }) as unknown as TenantryConfig

test('a service’s migrations are its files and `prisma migrate`’s folders, in the order of their names', async () => {
  mkdirSync(join(folder, 'own/20260102_more'), { recursive: true })
  writeFileSync(join(folder, 'own/20260101_first.sql'), 'select 1')
  writeFileSync(join(folder, 'own/20260102_more/migration.sql'), 'select 2')
  writeFileSync(join(folder, 'own/migration_lock.toml'), 'provider = "postgresql"')
  assert.deepEqual(await readMigrations(configFor('own'), folder, 'note'), [
    { name: '20260101_first.sql', sql: 'select 1' },
    { name: '20260102_more/migration.sql', sql: 'select 2' },
  ])
})

test('a folder that is not there is named', async () => {
  await assert.rejects(readMigrations(configFor('none'), folder, 'note'), {
    code: 'MIGRATIONS_UNREADABLE',
    help: 'see that the folder `none` is there, as tenantry.config.ts names it',
  })
})
