import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { Migration } from '../../../packages/isolation/src/index.ts'
import { createServiceDatabase } from '../../../packages/tenantry/test/service-database.ts'
import {
  createTestDatabase,
  startTestPostgres,
  type TestDatabase,
  type TestPostgres,
} from '../../../tools/test-postgres.ts'
import { sqlOfMigrations } from '../write-migrations.ts'
import { readCatalog } from './read-catalog.ts'
import { ToolProject } from './tool-project.ts'

for (const layer of ['knex', 'kysely']) {
  it(`the SQL files of ${layer} are what its own migrations build, without a database`, async () => {
    const written = await sqlOfMigrations(layer)
    assert.equal(written.length, 2)
    for (const { file, sql } of written) assert.equal(sql, readFileSync(file, 'utf8'), file)
  })
}

describe('`drizzle-kit generate`', () => {
  const project = new ToolProject(['drizzle'])
  after(() => project.remove())
  const generate = (name: string) => {
    const options = [
      '--dialect',
      'postgresql',
      '--schema',
      'drizzle/tables.ts',
      '--out',
      'drizzle/migrations',
    ]
    const { status, output } = project.run('drizzle-kit/bin.cjs', ['generate', ...options, '--name', name])
    assert.equal(status, 0, output)
    return output
  }

  it('finds the tables and the migrations in step', () => {
    assert.match(generate('nothing'), /No schema changes/)
  })

  it('writes what a change needs, without a database, and it is protected as it stands', async () => {
    const tables = project.read('drizzle/tables.ts')
    project.write(
      'drizzle/tables.ts',
      tables
        .replace('uuid }', 'uuid, integer, index }')
        .replace(
          /(title: text.*\n[\s\S]*?authors\.id\),\n)\}\)/,
          "$1  pages: integer(),\n}, (table) => [index('books_title_index').on(table.title)])",
        ),
    )
    generate('pages')
    await assertProtected(project.migrations('drizzle/migrations'))
  })
})

describe('`typeorm schema:log`', () => {
  const project = new ToolProject(['typeorm', 'library.ts'])
  let server: TestPostgres
  let plain: TestDatabase
  before(async () => {
    server = await startTestPostgres()
    plain = await createTestDatabase(server)
  })
  after(async () => {
    project.remove()
    await plain.drop()
    await server.stop()
  })
  const log = () => {
    const { user, password, host, port } = server
    const PLAIN_DATABASE_URL = `postgresql://${user}:${password}@${host}:${port}/${plain.name}`
    const args = ['schema:log', '-d', 'typeorm/plain-data-source.ts']
    const { status, output } = project.run('typeorm/cli.js', args, { PLAIN_DATABASE_URL })
    assert.equal(status, 0, output)
    return output
  }

  it('writes what the entities need in a plain database, and finds them in step afterwards', async () => {
    const [migration] = project.migrations('typeorm/migrations')
    assert.equal(log(), migration?.sql)
    const client = await plain.connect()
    await client.query(migration?.sql ?? '').finally(() => client.end())
    assert.match(log(), /up to date/)
  })

  it('writes what a change needs, and it is protected as it stands', async () => {
    const entities = project.read('typeorm/entities.ts')
    const isbn = /( {4}isbn: .*\n)/
    project.write(
      'typeorm/entities.ts',
      entities
        .replace(isbn, "$1    pages: { type: 'int', nullable: true },\n")
        .replace("tableName: 'books',", "$&\n  indices: [{ name: 'books_title_index', columns: ['title'] }],")
        .replace('interface BookRow extends Book {', '$&\n  pages?: number'),
    )
    project.write('typeorm/migrations/002_pages.sql', log())
    await assertProtected(project.migrations('typeorm/migrations'))
  })
})

/** That a second migration's column and index came under protection with what there was. */
async function assertProtected(migrations: Migration[]): Promise<void> {
  assert.equal(migrations.length, 2)
  const database = await createServiceDatabase('library', migrations)
  try {
    await database.install(randomBytes(32))
    const catalog = await readCatalog(database.admin, 'library')
    for (const fact of [
      'books.pages',
      'books.tenantry_tenant',
      'books has policies, enforced',
      'CREATE INDEX books_title_index ON library.books USING btree (tenantry_tenant, title)',
    ]) {
      assert.ok(catalog.includes(fact), `${fact} in\n${catalog.join('\n')}`)
    }
  } finally {
    await database.remove()
  }
}
