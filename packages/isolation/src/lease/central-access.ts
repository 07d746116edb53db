import type { CentralScope } from '@tenantry/context'
import { tenantColumn } from '../database/isolation-roles.ts'
import type { TenantKey } from '../database/tenant-key.ts'

/** Where the pool gets the key of central work. */
export interface CentralKeySource {
  /** Rejects for work that is over. */
  centralKey(scope: CentralScope): TenantKey | Promise<TenantKey>
}

/** How a deployment's central work reaches the database: as a role of its own, with keys of its own. */
export interface CentralAccess {
  readonly user: string
  readonly password: string
  /** How many connections it may hold at once. */
  readonly connections: number
  readonly keys: CentralKeySource
}

/** True for a statement that asks for the tenant column by its name: then central work is shown it. */
export function namesTenantColumn(text: string): boolean {
  return text.toLowerCase().includes(tenantColumn)
}
