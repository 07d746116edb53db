import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningSystem } from './running-system.ts'

/** A database of the running system's own PostgreSQL, as its superuser. */
export function postgresUrl({ home }: RunningSystem, database: string): string {
  const port = readFileSync(join(home, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3]
  const { postgresPassword } = JSON.parse(readFileSync(join(home, 'secrets.json'), 'utf8'))
  return `postgres://postgres:${encodeURIComponent(postgresPassword)}@127.0.0.1:${port}/${database}`
}
