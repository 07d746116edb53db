import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import {
  type AuditOptions,
  centralRoleOf,
  grantCentralRole,
  grantRelayRole,
  grantServiceRole,
  installIsolation,
  migrateService,
} from '../../packages/isolation/src/index.ts'
import { systemTables } from '../../packages/propagation/src/index.ts'
import { createTestDatabase, startTestPostgres } from '../../tools/test-postgres.ts'

/** A database of the service `shop` as the control plane leaves it, on a server of its own. */
export interface AuditedDatabase {
  readonly name: string
  /** The service's role. */
  readonly role: string
  /** The service's role of central work. */
  readonly central: string
  /** Connected as the superuser. */
  readonly admin: pg.Client
  /** Another database of the server. */
  readonly elsewhere: string
  readonly declared: AuditOptions
  remove(): Promise<void>
}

const sql = `
create table tags (id int primary key, name text not null);
create table notes (id uuid primary key default gen_random_uuid(), number serial, text text, tag int references tags (id));
create index notes_text on notes (text);
create index notes_words on notes using gin (to_tsvector('simple', text));
create table visits (day date not null, page text not null) partition by range (day);
create table visits_2026 partition of visits for values from ('2026-01-01') to ('2027-01-01');
create view recent as select id, text from notes;
create table currencies (code text primary key);
`

/** Starts the server, closes it as the control plane does, and makes the database. */
export async function createAuditedDatabase(version: 17 | 18): Promise<AuditedDatabase> {
  const server = await startTestPostgres({ version })
  const elsewhere = await createTestDatabase(server)
  const database = await createTestDatabase(server)
  const admin = await database.connect()
  const role = `${database.name}_shop`
  const password = randomBytes(12).toString('hex')
  await admin.query(`revoke all on database postgres, template1, ${elsewhere.name} from public`)
  await installIsolation(admin, { keys: [{ kid: 1, key: randomBytes(32) }] })
  const shared = ['currencies']
  await migrateService(admin, {
    service: 'shop',
    migrations: [{ name: '1.sql', sql }],
    systemTables,
    shared,
  })
  await grantServiceRole(admin, { role, password, service: 'shop' })
  const central = centralRoleOf(role)
  await grantCentralRole(admin, { role: central, password, service: 'shop' })
  await grantRelayRole(admin)
  return {
    name: database.name,
    role,
    central,
    admin,
    elsewhere: elsewhere.name,
    declared: { shared: new Map([['shop', shared]]), systemTables, central: new Set(['shop']) },
    async remove() {
      await admin.end()
      await server.stop()
    },
  }
}
