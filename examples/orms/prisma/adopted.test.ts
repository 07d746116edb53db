import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import {
  adoptDatabase,
  planAdoption,
  readAdoption,
  switchAdoption,
} from '../../../packages/isolation/src/index.ts'
import {
  createTestDatabase,
  startTestPostgres,
  type TestDatabase,
  type TestPostgres,
} from '../../../tools/test-postgres.ts'
import { PrismaProject } from '../test/prisma-project.ts'
import { readCatalog } from '../test/read-catalog.ts'

const organization = '3fa85f64-5717-4562-b3fc-2c963f66afa6'

describe('`prisma migrate` and `prisma db pull` on tables that were adopted and are enforced', () => {
  const project = new PrismaProject()
  let server: TestPostgres
  let database: TestDatabase
  let admin: pg.Client
  let role: string
  const password = randomBytes(8).toString('hex')

  before(async () => {
    server = await startTestPostgres()
    database = await createTestDatabase(server)
    admin = await database.connect()
    role = `${database.name}_app`
    // As somebody wrote it who knew of organizations and not of us.
    project.schema = project.schema.replaceAll(
      /(\n {2}name .*\n|\n {2}title .*\n)/g,
      '$1  organizationId String @map("organization_id") @db.Uuid\n',
    )
    prisma('format')
    prisma('migrate', 'dev', '--name', 'organizations')
    prisma('db', 'pull')
    await admin.query(`create role ${role} login password '${password}'`)
    await admin.query(`grant select, insert, update, delete on authors, books to ${role}`)
    await admin.query('insert into authors (name, organization_id) values ($1, $2)', ['mine', organization])
    const plan = await planAdoption(admin, { schema: 'public', column: 'organization_id', role })
    await adoptDatabase(admin, plan, { keys: [{ kid: 1, key: randomBytes(32) }] })
    await switchAdoption(admin, 'enforce')
  })
  after(async () => {
    await admin.query(`drop owned by ${role}`)
    await admin.query(`drop role ${role}`)
    await admin.end()
    await database.drop()
    await server.stop()
    project.remove()
  })

  function prisma(...args: string[]): string {
    const { user, host, port } = server
    const url = `postgresql://${user}:${server.password}@${host}:${port}/${database.name}`
    const { status, output } = project.prisma(url, ...args)
    assert.equal(status, 0, `prisma ${args.join(' ')}: ${output}`)
    return output
  }

  it('see no drift, and give back the same schema, to the byte', () => {
    assert.match(prisma('migrate', 'dev'), /Already in sync/)
    const { schema } = project
    prisma('db', 'pull')
    assert.equal(project.schema, schema)
  })

  it('write and apply a migration that leaves every policy in place and enforced', async () => {
    const before = await readCatalog(admin, 'public')
    project.schema = project.schema.replace(/(\n {2}isbn .*\n)/, '$1  pages Int?\n')
    assert.doesNotMatch(prisma('migrate', 'dev', '--name', 'pages'), /drift|reset/i)
    const found = await readCatalog(admin, 'public')
    assert.deepEqual(
      found.filter((fact) => !before.includes(fact)),
      ['books.pages'],
    )
    assert.deepEqual(
      before.filter((fact) => !found.includes(fact)),
      [],
    )
    assert.deepEqual(
      (await readAdoption(admin)).map(({ name, mode }) => [name, mode]),
      [
        ['authors', 'enforce'],
        ['books', 'enforce'],
      ],
    )
    const { host, port } = server
    const app = new pg.Client({ host, port, user: role, password, database: database.name })
    await app.connect()
    await assert.rejects(app.query('select * from authors'), /no lease/)
    await app.end()
  })
})
