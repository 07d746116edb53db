import pg, { type PoolConfig } from 'pg'
import { readRequestMode } from './adopt-database.ts'
import type { AdoptionMode } from './adoption-mode.ts'

/** PostgreSQL's codes for a database that was not adopted, or not for this role: no function, no schema, no right to it. */
const notAdopted = new Set(['42883', '3F000', '42501'])

/**
 * What a service asks its adopted database: what becomes of requests that are for no tenant. `observe` where nothing was adopted
 * for its role. Rejects when the database cannot be asked. It holds one connection, and none when nobody asked for 10 s.
 */
export function createRequestModeSource(address: PoolConfig): () => Promise<AdoptionMode> {
  const pool = new pg.Pool({ ...address, max: 1, connectionTimeoutMillis: 2_000, allowExitOnIdle: true })
  // One that the server ends is replaced by the next.
  pool.on('error', () => undefined)
  return () =>
    readRequestMode(pool).then(
      (mode) => mode ?? 'observe',
      (error: Error & { code?: string }) => {
        if (notAdopted.has(error.code ?? '')) return 'observe'
        throw error
      },
    )
}
