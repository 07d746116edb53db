import { randomBytes } from 'node:crypto'
import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import { createLoginRole } from '../database/grant-roles.ts'
import { roles } from '../database/isolation-roles.ts'

/**
 * Gives `work` a connection whose role is a member of the owner and nothing else: what a migration does to leave the
 * owner's role ends at one that may do nothing. The role is made for this, with a password that is good for a minute,
 * and dropped; `admin` is a superuser in the same database. One at a time in each database.
 */
export async function withMigrator<T>(admin: Client, work: (client: Client) => Promise<T>): Promise<T> {
  const { rows } = await admin.query<{ database: string }>('select current_database() as database')
  const database = rows[0]?.database ?? ''
  const user = `${database}_migrator`
  const password = randomBytes(24).toString('base64url')
  await admin.query(`select pg_advisory_lock(hashtext('tenantry migrator'))`)
  try {
    await createMigrator(admin, escapeIdentifier(user), { database, password })
    const { host, port, ssl } = admin
    const client = new Client({
      host,
      port,
      ssl,
      database,
      user,
      password,
      application_name: 'tenantry migration',
    })
    // A connection that breaks rejects the query in flight; without a listener it would end the process as well.
    client.on('error', () => undefined)
    try {
      await client.connect()
      return await work(client)
    } finally {
      await client.end()
    }
  } finally {
    await admin.query(`drop owned by ${escapeIdentifier(user)}; drop role ${escapeIdentifier(user)}`)
    await admin.query(`select pg_advisory_unlock(hashtext('tenantry migrator'))`)
  }
}

async function createMigrator(
  admin: Client,
  role: string,
  { database, password }: { database: string; password: string },
): Promise<void> {
  await createLoginRole(admin, role, password)
  const soon = new Date(Date.now() + 60_000).toISOString()
  await admin.query(`alter role ${role} valid until ${escapeLiteral(soon)}`)
  await admin.query(`grant connect on database ${escapeIdentifier(database)} to ${role}`)
  await admin.query(`grant ${roles.owner} to ${role} with inherit false, set true`)
}
