import { randomBytes } from 'node:crypto'
import {
  deriveDatabaseKey,
  grantServiceRole,
  installIsolation,
  type Migration,
  migrateService,
} from '@tenantry/isolation'
import { systemTables } from '@tenantry/propagation'
import type { Client } from 'pg'
import { createTestDatabase, startTestPostgres, type TestPostgres } from '../../../tools/test-postgres.ts'
import type { DatabaseAddress } from '../src/runtime/runtime-document.ts'

/** A database with one service, as the control plane leaves it; `install` gives it its signing key. */
export interface ServiceDatabase {
  readonly address: DatabaseAddress
  /** Connected as the superuser. */
  readonly admin: Client
  install(master: Buffer, options?: { binding?: 'connection' | 'role' }): Promise<void>
  remove(): Promise<void>
}

/** Makes one on `given`, which the caller stops, or on the test files' own server. */
export async function createServiceDatabase(
  service: string,
  migrations: readonly Migration[],
  given?: TestPostgres,
): Promise<ServiceDatabase> {
  const server = given ?? (await startTestPostgres())
  const database = await createTestDatabase(server)
  const admin = await database.connect()
  const role = `${database.name}_${service}`
  const password = randomBytes(12).toString('hex')
  return {
    address: { host: server.host, port: server.port, database: database.name, user: role, password },
    admin,
    async install(master, { binding = 'connection' } = {}) {
      await installIsolation(admin, {
        keys: [{ kid: 1, key: deriveDatabaseKey(master, database.name, 1) }],
        binding,
      })
      await migrateService(admin, { service, migrations, systemTables })
      await grantServiceRole(admin, { role, password, service })
    },
    async remove() {
      // Roles are the server's: without what it may do in this database, this one can go.
      await admin.query(`drop owned by ${role}`)
      await admin.query(`drop role ${role}`)
      await admin.end()
      await database.drop()
      if (!given) await server.stop()
    },
  }
}
