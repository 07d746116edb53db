import { TenantryError } from '@tenantry/context'
import { auditDatabase } from '@tenantry/isolation'
import { Client } from 'pg'
import type { PlacementAudit } from './placement-audit.ts'

/**
 * Audits one database without a control plane. Its role has to be one that provisions: what it may not read rejects with
 * PostgreSQL's own code. `AUDIT_UNREACHABLE` when nothing answers, `AUDIT_NOT_INSTALLED` when it is no placement's.
 */
export async function auditUrl(url: string): Promise<PlacementAudit> {
  const client = clientOf(url)
  client.on('error', () => undefined)
  try {
    await client.connect().catch((cause: Error) => {
      // The message of the driver names host and role, never the password.
      throw new TenantryError('AUDIT_UNREACHABLE', `the database cannot be reached: ${cause.message}`, {
        help: 'give `postgres://role:password@host:port/database` of the provisioning role',
        cause,
      })
    })
    const audit = await auditDatabase(client)
    return { database: audit.database, tenant: '', audit, failure: null }
  } finally {
    await client.end().catch(() => undefined)
  }
}

function clientOf(url: string): Client {
  if (/^postgres(ql)?:\/\/[^\s]+$/.test(url) && URL.canParse(url)) {
    return new Client({
      connectionString: url,
      connectionTimeoutMillis: 10_000,
      application_name: 'tenantry audit',
    })
  }
  throw new TenantryError('AUDIT_URL', 'that is no URL of a PostgreSQL database', {
    help: 'give `postgres://role:password@host:port/database` of the provisioning role',
  })
}
