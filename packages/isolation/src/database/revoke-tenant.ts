import { requireTenantId } from '@tenantry/context'
import type { ClientBase } from 'pg'
import { inLockedTransaction } from './in-transaction.ts'
import { roles } from './isolation-roles.ts'
import { keyObjects, markBytes, markOf } from './lease-check.ts'

/** The revoked tenants, and a count that is read past all snapshots. */
export const revocationSql = `
create table if not exists tenantry.revocations (tenant text primary key);
create table if not exists tenantry.revocation_count (count bigint not null);
insert into tenantry.revocation_count select 0 where not exists (select from tenantry.revocation_count);
create sequence if not exists tenantry.revocation_sequence minvalue 0 start 0;
alter table tenantry.revocations owner to ${roles.keeper};
alter table tenantry.revocation_count owner to ${roles.keeper};
alter sequence tenantry.revocation_sequence owner to ${roles.keeper};
revoke all on tenantry.revocations, tenantry.revocation_count, tenantry.revocation_sequence from public;
`

/** Makes every lease of the tenant void in this database from the next statement on, those already out included. */
export function revokeTenant(client: ClientBase, tenant: string): Promise<void> {
  return change(
    client,
    'insert into tenantry.revocations (tenant) values ($1) on conflict do nothing',
    requireTenantId(tenant),
  )
}

/** Lets leases of the tenant be used again. */
export function restoreTenant(client: ClientBase, tenant: string): Promise<void> {
  return change(client, 'delete from tenantry.revocations where tenant = $1', requireTenantId(tenant))
}

/** Makes exactly these tenants revoked in this database: what a crash left half done is set right. */
export function setRevokedTenants(client: ClientBase, tenants: readonly string[]): Promise<void> {
  return change(
    client,
    `with restored as (delete from tenantry.revocations where tenant <> all ($1::text[]))
     insert into tenantry.revocations (tenant) select unnest($1::text[]) on conflict do nothing`,
    tenants,
  )
}

/** The large objects that hold the database's keys: a condition on an `oid`. */
export const isKeyObject = `oid > ${keyObjects} and oid < ${keyObjects + 256}`

// One statement for all marks of a byte: it would not see what another has just written there.
const markText = `
  select lo_put(oid, 0, decode(repeat('00', ${markBytes}), 'hex')) from pg_largeobject_metadata where ${isKeyObject};
  select lo_put(oid, mark / 8, set_byte('\\x00', 0, bit_or(1 << (mark % 8)::int)))
  from pg_largeobject_metadata, (select ${markOf('tenant')} as mark from tenantry.revocations) r
  where ${isKeyObject} group by oid, mark / 8`

/** Puts beside every key which tenants are revoked. */
export async function markRevoked(client: ClientBase): Promise<void> {
  await client.query(markText)
}

async function change(client: ClientBase, sql: string, tenants: string | readonly string[]): Promise<void> {
  await inLockedTransaction(client, async () => {
    await client.query(sql, [tenants])
    await markRevoked(client)
    await client.query('update tenantry.revocation_count set count = count + 1')
  })
  // Once the count is there to be seen: a transaction that cannot see it has a snapshot of before.
  await client.query(`select setval('tenantry.revocation_sequence', count) from tenantry.revocation_count`)
}
