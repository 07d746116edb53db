import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { migrateService } from '../../../packages/isolation/src/index.ts'
import { systemTables } from '../../../packages/propagation/src/index.ts'
import {
  createServiceDatabase,
  type ServiceDatabase,
} from '../../../packages/tenantry/test/service-database.ts'
import { TestPlatform } from '../../../packages/tenantry/test/test-platform.ts'
import {
  createTestDatabase,
  startTestPostgres,
  type TestDatabase,
  type TestPostgres,
} from '../../../tools/test-postgres.ts'
import type { Library } from '../library.ts'
import { PrismaProject } from '../test/prisma-project.ts'
import { readCatalog } from '../test/read-catalog.ts'
import { createLibrary } from './library.ts'

const loans = `
model Loan {
  number Int      @id @default(autoincrement())
  bookId String   @map("book_id") @db.Uuid
  ticket String   @unique
  since  DateTime @default(now()) @db.Timestamptz(6)
  book   Book     @relation(fields: [bookId], references: [id], onDelete: Cascade)

  @@map("loans")
}

enum Genre {
  NOVEL
  POETRY
}
`

describe('`prisma migrate` and `prisma db pull`', () => {
  const project = new PrismaProject()
  let server: TestPostgres
  let plain: TestDatabase
  let protectedOne: ServiceDatabase
  let platform: TestPlatform
  let library: Library

  before(async () => {
    server = await startTestPostgres()
    // The platform's part and ours are on one server, whoever started it.
    const { stop: _, ...shared } = server
    process.env.TENANTRY_TEST_POSTGRES = JSON.stringify(shared)
    plain = await createTestDatabase(server)
    protectedOne = await createServiceDatabase('library', project.migrations)
    platform = await TestPlatform.start({ ...protectedOne.address, connections: 2 })
    await protectedOne.install(platform.master)
    platform.becomeDeployment({ service: 'library', services: ['library'], calls: [], subscribes: [] })
    library = createLibrary()
  })
  after(async () => {
    await library.close()
    platform.stop()
    await protectedOne.remove()
    await plain.drop()
    await server.stop()
    project.remove()
  })

  const urlOf = (database: string, { user, password } = server as { user: string; password: string }) =>
    `postgresql://${user}:${password}@${server.host}:${server.port}/${database}`
  const onPlain = (...args: string[]) => project.prisma(urlOf(plain.name), ...args)
  const onProtected = (login: { user: string; password: string }, ...args: string[]) =>
    project.prisma(`${urlOf(protectedOne.address.database, login)}?schema=library`, ...args)
  const catalog = () => readCatalog(protectedOne.admin, 'library')
  const asEach = <T>(work: (tenant: string) => Promise<T>): Promise<T[]> =>
    Promise.all(
      ['tenant-a', 'tenant-b'].map((tenant) => platform.scope(tenant).run(async () => await work(tenant))),
    )

  it('finds the schema and the migrations in step, on a plain database that it makes of them', () => {
    const made = onPlain('migrate', 'dev')
    assert.equal(made.status, 0, made.output)
    assert.match(made.output, /20260101000000_library[\s\S]*in sync with your schema/)
    assert.equal(project.migrations.length, 1)
  })

  it('gives back the same schema by `db pull`, to the byte', () => {
    const { schema } = project
    const pulled = onPlain('db', 'pull')
    assert.equal(pulled.status, 0, pulled.output)
    assert.equal(project.schema, schema)
  })

  it('writes a migration of a changed schema without asking for a reset, and every tenant keeps its rows under it', async () => {
    await asEach(async (tenant) => {
      const { id: authorId } = await library.addAuthor(`author of ${tenant}`)
      return library.addBook({ isbn: 'kept', title: `of ${tenant}`, authorId })
    })
    project.schema = `${project.schema.replace(
      /( {2}authorId .*\n)( {2}author .*\n)\n/,
      `$1  genre Genre @default(NOVEL)\n  pages Int?\n  tags String[]\n$2  loans Loan[]\n\n  @@index([title])\n`,
    )}${loans}`
    assert.equal(onPlain('format').status, 0)
    const { schema } = project
    const written = onPlain('migrate', 'dev', '--name', 'loans')
    assert.equal(written.status, 0, written.output)
    assert.doesNotMatch(written.output, /drift|reset/i)
    assert.deepEqual(
      project.migrations.map(({ name }) => name.replace(/^\d+_/, '')),
      ['library/migration.sql', 'loans/migration.sql'],
    )

    const before = await catalog()
    const { migrations } = project
    await migrateService(protectedOne.admin, { service: 'library', migrations, systemTables })
    const found = await catalog()
    assert.deepEqual(
      before.filter((fact) => !found.includes(fact)),
      [],
      'nothing that was there is gone',
    )
    for (const fact of [
      'loans.tenantry_tenant',
      'loans has policies, enforced',
      'loans: PRIMARY KEY (tenantry_tenant, number)',
      'CREATE UNIQUE INDEX loans_ticket_key ON library.loans USING btree (tenantry_tenant, ticket)',
      'books.genre',
    ]) {
      assert.ok(found.includes(fact), `${fact} in\n${found.join('\n')}`)
    }
    const kept = await asEach(() => library.listBooks({ size: 10, number: 0 }))
    assert.deepEqual(
      kept.map((titles) => titles.map(({ title }) => title)),
      [['of tenant-a'], ['of tenant-b']],
    )
    assert.equal(onPlain('db', 'pull').status, 0)
    assert.equal(project.schema, schema)
    assert.match(onPlain('migrate', 'dev').output, /Already in sync/)
  })

  it('may change nothing as the service’s own role', async () => {
    const before = await catalog()
    for (const args of [
      ['migrate', 'dev', '--name', 'more'],
      ['migrate', 'deploy'],
      ['migrate', 'reset', '--force'],
      ['db', 'push', '--accept-data-loss'],
    ]) {
      const refused = onProtected(protectedOne.address, ...args)
      assert.equal(refused.status, 1, `${args.join(' ')}: ${refused.output}`)
    }
    assert.deepEqual(await catalog(), before)
  })

  it('takes protection for drift where it is led to a protected database: it asks for a reset, and does nothing', async () => {
    const [before, migrations] = [await catalog(), project.migrations]
    const { status, output } = onProtected(server, 'migrate', 'dev', '--name', 'more')
    assert.equal(status, 130)
    assert.match(output, /Drift detected[\s\S]*We need to reset/)
    assert.deepEqual(await catalog(), before)
    assert.deepEqual(project.migrations, migrations)
  })
})
