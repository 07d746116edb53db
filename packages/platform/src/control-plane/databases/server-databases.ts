import { type ClientBase, escapeIdentifier } from 'pg'

/** Shuts every role of ours out of the databases that the server came with: by default all may connect there. */
export async function lockServer(client: ClientBase): Promise<void> {
  await client.query('revoke all on database postgres, template1 from public')
}

/** Makes the database when it is missing, and lets no role connect that was not granted it. */
export async function createDatabase(client: ClientBase, name: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
  if (rowCount) return
  await client.query(`create database ${escapeIdentifier(name)} template template0`)
  await client.query(`revoke all on database ${escapeIdentifier(name)} from public`)
}

/** How many connections the server has for all who are no superusers. */
export async function readConnectionsMax(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ max: number }>(
    `select (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - current_setting('reserved_connections')::int) as max`,
  )
  return rows[0]?.max ?? 0
}
