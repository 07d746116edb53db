import { randomBytes } from 'node:crypto'
import { createServiceDatabase, type ServiceDatabase } from '../../packages/tenantry/test/service-database.ts'
import type { TestPostgres } from '../../tools/test-postgres.ts'

const columns = 'note_id uuid primary key default gen_random_uuid(), text text not null'
const connections = 8

/** One database where notes are written in two ways: by leases into a protected table, and into one with a tenant column. */
export interface RequestDatabase {
  /** As our deployment is told of it; its keys are derived from the `master` that it is installed with. */
  readonly leased: ServiceDatabase['address']
  /** Where a service without us keeps the same notes, for `pg.Pool`. */
  readonly plain: Readonly<Record<'host' | 'database' | 'user' | 'password', string>> & {
    readonly port: number
    readonly max: number
  }
  install(master: Buffer): Promise<void>
  remove(): Promise<void>
}

export async function createRequestDatabase(server: TestPostgres): Promise<RequestDatabase> {
  const migrations = [{ name: '001_notes.sql', sql: `create table notes (${columns})` }]
  const database = await createServiceDatabase('note', migrations, server)
  const { host, port, database: name } = database.address
  const [user, password] = [`${name}_plain`, randomBytes(12).toString('hex')]
  return {
    leased: { ...database.address, connections },
    plain: { host, port, database: name, user, password, max: connections },
    async install(master) {
      await database.install(master)
      await database.admin.query(`create schema plain; create table plain.notes (tenant_id text not null, ${columns});
        create role ${user} login password '${password}'; alter role ${user} set search_path = plain;
        grant connect on database ${name} to ${user}; grant usage on schema plain to ${user};
        grant select, insert on plain.notes to ${user}`)
    },
    async remove() {
      await database.admin.query(`drop owned by ${user} cascade; drop role ${user}`)
      await database.remove()
    },
  }
}
