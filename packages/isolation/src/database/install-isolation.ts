import { TenantryError } from '@tenantry/context'
import { type ClientBase, escapeIdentifier } from 'pg'
import { inLockedTransaction } from './in-transaction.ts'
import { replaceKeys } from './install-keys.ts'
import { rolesSql, schemaSql } from './isolation-schema.ts'
import type { LeaseBinding } from './lease-check.ts'
import type { DatabaseKey } from './tenant-key.ts'

const oldestVersion = 160_000

/**
 * Makes a database able to verify leases: the roles, the locked schema, and its signing keys. Can be repeated; keys
 * that are no longer given are removed. With the binding `role`, for a transaction pooler, a lease is as good on any of the
 * role's connections: weaker. `client` is connected to it as a superuser. Throws `DATABASE_TOO_OLD`.
 */
export async function installIsolation(
  client: ClientBase,
  { keys, binding = 'connection' }: { keys: readonly DatabaseKey[]; binding?: LeaseBinding },
): Promise<void> {
  await requireVersion(client)
  await client.query(rolesSql)
  await inLockedTransaction(client, async () => {
    await client.query(schemaSql(binding))
    await replaceKeys(client, keys)
    const { rows } = await client.query<{ name: string }>('select current_database() as name')
    await client.query(`revoke all on database ${escapeIdentifier(rows[0]?.name ?? '')} from public`)
  })
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
