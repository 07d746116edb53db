import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, afterEach, before, describe, it } from 'node:test'
import knex from 'knex'
import { Kysely, PostgresDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import {
  createServiceDatabase,
  type ServiceDatabase,
} from '../../../packages/tenantry/test/service-database.ts'
import * as knexMigration from '../knex/migrations/001_library.ts'
import * as kyselyMigration from '../kysely/migrations/001_library.ts'
import { readCatalog } from './read-catalog.ts'
import { ToolProject } from './tool-project.ts'

describe('as the service’s own role, a tool that changes tables', () => {
  const project = new ToolProject(['drizzle', 'typeorm', 'library.ts'])
  let database: ServiceDatabase
  let url: string
  let found: string[]

  before(async () => {
    database = await createServiceDatabase('library', project.migrations('typeorm/migrations'))
    await database.install(randomBytes(32))
    const { user, password, host, port } = database.address
    url = `postgresql://${user}:${password}@${host}:${port}/${database.address.database}`
    found = await readCatalog(database.admin, 'library')
  })
  afterEach(async () => assert.deepEqual(await readCatalog(database.admin, 'library'), found))
  after(async () => {
    await database.remove()
    project.remove()
  })

  it('is refused: `knex migrate:latest`', async () => {
    const db = knex({ client: 'pg', version: '18.0', connection: url })
    const migrationSource = {
      getMigrations: async () => ['001_library'],
      getMigrationName: (name: string) => name,
      getMigration: async () => ({ ...knexMigration, down: undefined }),
    }
    await assert.rejects(db.migrate.latest({ migrationSource }), /permission denied/)
    await db.destroy()
  })

  it('is refused: the Migrator of Kysely', async () => {
    const db = new Kysely<unknown>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }),
    })
    const provider = { getMigrations: async () => ({ '001_library': kyselyMigration }) }
    const { error } = await new Migrator({ db, provider }).migrateToLatest()
    assert.match(String(error), /permission denied/)
    await db.destroy()
  })

  it('is refused: `typeorm schema:sync`', () => {
    const args = ['schema:sync', '-d', 'typeorm/plain-data-source.ts']
    const { status, output } = project.run('typeorm/cli.js', args, { PLAIN_DATABASE_URL: url })
    assert.equal(status, 1)
    assert.match(output, /must be owner|permission denied/)
  })

  it('is refused: `drizzle-kit migrate` and `push`', () => {
    const schema = { dialect: 'postgresql', schema: 'drizzle/tables.ts', out: 'drizzle/migrations' }
    project.write('drizzle.config.json', JSON.stringify({ ...schema, dbCredentials: { url } }))
    const [migrated, pushed] = [['migrate'], ['push', '--force']].map((args) =>
      project.run('drizzle-kit/bin.cjs', [...args, '--config', 'drizzle.config.json']),
    )
    // The one says nothing of why, and the other exits with 0.
    assert.equal(migrated?.status, 1)
    assert.match(pushed?.output ?? '', /permission denied/)
  })
})
