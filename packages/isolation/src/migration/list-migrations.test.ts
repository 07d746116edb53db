import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listMigrations } from './list-migrations.ts'

test('migrations are SQL files and folders with a `migration.sql`, by their names', () => {
  const paths = [
    '20260203_more/migration.sql',
    '20260102_library.sql',
    '20260203_more',
    '20260101_first\\migration.sql',
  ]
  assert.deepEqual(listMigrations(paths), [
    '20260101_first/migration.sql',
    '20260102_library.sql',
    '20260203_more/migration.sql',
  ])
})

test('nothing else of the folder is a migration', () => {
  const others = [
    'migration_lock.toml',
    'meta/_journal.json',
    'down/0001.sql',
    'a/b/migration.sql',
    'x.sql.bak',
  ]
  assert.deepEqual(listMigrations(others), [])
})
