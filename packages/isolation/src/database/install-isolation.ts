import { TenantryError } from '@tenantry/context'
import { type ClientBase, escapeIdentifier } from 'pg'
import type { DatabaseKey } from '../lease/tenant-key.ts'
import { inLockedTransaction } from './in-transaction.ts'
import { roles } from './isolation-roles.ts'
import { rolesSql, schemaSql } from './isolation-schema.ts'
import { lockedObject } from './lease-check.ts'

const oldestVersion = 160_000

/**
 * Makes a database able to verify leases: the roles, the locked schema, and its signing keys. Can be repeated; keys
 * that are no longer given are removed. `client` is connected to it as a superuser. Throws `DATABASE_TOO_OLD`.
 */
export async function installIsolation(
  client: ClientBase,
  { keys }: { keys: readonly DatabaseKey[] },
): Promise<void> {
  await requireVersion(client)
  await client.query(rolesSql)
  await inLockedTransaction(client, async () => {
    await client.query(schemaSql)
    await installKeys(client, keys)
    const { rows } = await client.query<{ name: string }>('select current_database() as name')
    await client.query(`revoke all on database ${escapeIdentifier(rows[0]?.name ?? '')} from public`)
  })
}

/** Makes these the keys that the database verifies leases with; one that is not among them is gone. */
async function installKeys(client: ClientBase, keys: readonly DatabaseKey[]): Promise<void> {
  await client.query(
    'select lo_unlink(oid) from pg_largeobject_metadata where oid > $1::int8 and oid <= $1::int8 + 255',
    [lockedObject],
  )
  for (const { kid, key } of keys) {
    await client.query('select lo_from_bytea($1, $2)', [lockedObject + kid, blocks(key)])
    await client.query(`alter large object ${lockedObject + kid} owner to ${roles.keeper}`)
  }
}

// The two blocks of HMAC-SHA256 (RFC 2104, 2) are made here, once: SQL has no exclusive or of byte strings.
function blocks(key: Buffer): Buffer {
  const block = Buffer.alloc(64)
  key.copy(block)
  return Buffer.from([...block.map((byte) => byte ^ 0x36), ...block.map((byte) => byte ^ 0x5c)])
}

async function requireVersion(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  )
  if ((rows[0]?.version ?? 0) >= oldestVersion) return
  throw new TenantryError('DATABASE_TOO_OLD', 'PostgreSQL 16 or newer is needed', {
    help: 'upgrade the server, or place the tenant on another one',
  })
}
