import { auditDatabase } from '@tenantry/isolation'
import type { PlacementAudit } from '../databases/placement-audit.ts'
import { atUrl } from './at-url.ts'

/**
 * Audits one database without a control plane. Its role has to be one that provisions: what it may not read rejects with
 * PostgreSQL's own code. `AUDIT_URL`, `AUDIT_UNREACHABLE` when nothing answers, `AUDIT_NOT_INSTALLED` when it is no placement's.
 */
export function auditUrl(url: string): Promise<PlacementAudit> {
  return atUrl(url, 'AUDIT', async (client) => {
    const audit = await auditDatabase(client)
    return { database: audit.database, tenant: '', audit, failure: null }
  })
}
