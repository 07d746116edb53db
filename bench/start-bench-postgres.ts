import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { LocalPostgres } from '../packages/platform/src/postgres/local-postgres.ts'
import { findFreePort } from '../packages/platform/src/supervisor/free-port.ts'
import type { TestPostgres } from '../tools/test-postgres.ts'

/** What differs from PostgreSQL's defaults: the data fits into memory, and nothing but the bench makes checkpoints. */
export const settings = { shared_buffers: '1GB', max_wal_size: '4GB', checkpoint_timeout: '30min' }

/** A PostgreSQL of the bench's own, durable as it is by default, in a temporary folder. */
export async function startBenchPostgres(): Promise<{
  server: TestPostgres
  settings: Record<string, string>
  version: string
}> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'))
  chmodSync(folder, 0o711)
  const password = randomBytes(16).toString('hex')
  const postgres = await LocalPostgres.prepare({ dataFolder: join(folder, 'data'), password })
  const { child, port } = await postgres.start({ port: await findFreePort(), settings })
  const kill = () => child.kill('SIGQUIT')
  process.once('exit', kill)
  const interrupt = () => process.exit(130)
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const server: TestPostgres = {
    version: 18,
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    async stop() {
      process.off('exit', kill).off('SIGINT', interrupt).off('SIGTERM', interrupt)
      const gone = once(child, 'exit')
      child.kill('SIGINT')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return { server, settings: { ...settings }, version: await readVersion(server) }
}

async function readVersion(server: TestPostgres): Promise<string> {
  const { host, port, user, password } = server
  const client = new pg.Client({ host, port, user, password, database: 'postgres' })
  await client.connect()
  const { rows } = await client
    .query<{ server_version: string }>('show server_version')
    .finally(() => client.end())
  return rows[0]?.server_version ?? 'unknown'
}
