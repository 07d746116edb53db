import type { ClientBase } from 'pg'
import { inLockedTransaction } from './in-transaction.ts'
import { roles } from './isolation-roles.ts'
import { keyObjects, markBytes } from './lease-check.ts'
import { isKeyObject, markRevoked } from './revoke-tenant.ts'
import type { DatabaseKey } from './tenant-key.ts'

const among = `pg_largeobject_metadata where ${isKeyObject}`

/**
 * Makes these the keys that the database verifies leases with; one that is not among them is gone, and what was signed
 * with it is refused from the next statement on. `client` is connected as a superuser.
 */
export function installKeys(client: ClientBase, keys: readonly DatabaseKey[]): Promise<void> {
  return inLockedTransaction(client, () => replaceKeys(client, keys))
}

/** The `kid`s of the keys that the database verifies leases with. `client` is connected as a superuser. */
export async function readKeyIds(client: ClientBase): Promise<number[]> {
  const { rows } = await client.query<{ kid: number }>(
    `select (oid::int8 - ${keyObjects})::int as kid from ${among} order by 1`,
  )
  return rows.map(({ kid }) => kid)
}

/** `installKeys` inside a transaction that holds the lock. Keys that are there already are left alone. */
export async function replaceKeys(client: ClientBase, keys: readonly DatabaseKey[]): Promise<void> {
  const { rows } = await client.query<{ kid: number; blocks: Buffer }>(
    `select (oid::int8 - ${keyObjects})::int as kid, lo_get(oid, ${markBytes}, 128) as blocks from ${among}`,
  )
  const known = new Map(rows.map((row) => [row.kid, row.blocks]))
  const wanted = new Map(keys.map(({ kid, key }) => [kid, blocksOf(key)]))
  for (const [kid, blocks] of known) {
    if (!wanted.get(kid)?.equals(blocks)) await client.query('select lo_unlink($1)', [keyObjects + kid])
    else wanted.delete(kid)
  }
  for (const [kid, blocks] of wanted) {
    await client.query('select lo_from_bytea($1, $2)', [
      keyObjects + kid,
      Buffer.concat([Buffer.alloc(markBytes), blocks]),
    ])
    await client.query(`alter large object ${keyObjects + kid} owner to ${roles.keeper}`)
  }
  await markRevoked(client)
}

// The two blocks of HMAC-SHA256 (RFC 2104, 2) are made here, once: SQL has no exclusive or of byte strings.
function blocksOf(key: Buffer): Buffer {
  const block = Buffer.alloc(64)
  key.copy(block)
  return Buffer.from([...block.map((byte) => byte ^ 0x36), ...block.map((byte) => byte ^ 0x5c)])
}
