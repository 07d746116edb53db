import { requireTenantId } from '@tenantry/context'
import type { ClientBase } from 'pg'

/** Makes every lease of the tenant void in this database from the next statement on, those already out included. */
export async function revokeTenant(client: ClientBase, tenant: string): Promise<void> {
  await client.query('insert into tenantry.revocations (tenant) values ($1) on conflict do nothing', [
    requireTenantId(tenant),
  ])
}

/** Lets leases of the tenant be used again. */
export async function restoreTenant(client: ClientBase, tenant: string): Promise<void> {
  await client.query('delete from tenantry.revocations where tenant = $1', [requireTenantId(tenant)])
}

/** Makes exactly these tenants revoked in this database: what a crash left half done is set right. */
export async function setRevokedTenants(client: ClientBase, tenants: readonly string[]): Promise<void> {
  await client.query('delete from tenantry.revocations where tenant <> all ($1)', [tenants])
  await client.query(
    'insert into tenantry.revocations (tenant) select unnest($1::text[]) on conflict do nothing',
    [tenants],
  )
}
