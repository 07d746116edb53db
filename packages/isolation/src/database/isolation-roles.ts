/** The hidden column of every protected table. */
export const tenantColumn = 'tenantry_tenant'

/**
 * What fills the hidden column of a new row: whom the lease says it is for. It is read for every row and proves nothing;
 * the policy asks the check, once, and refuses what differs.
 */
export const tenantDefault = `encode(substr(decode(current_setting('tenantry.lease', true), 'hex'), 42), 'escape')`

/** Where extensions are: beside a service's own schema in every search path, and nobody may create there. */
export const extensionSchema = 'tenantry_extensions'

/** The roles that isolation stands on; none of them can log in, and none has BYPASSRLS. */
export const roles = {
  /** Owns the key table and the check, and nothing else. */
  keeper: 'tenantry_keeper',
  /** Owns the services' schemas and tables; migrations run as it. */
  owner: 'tenantry_owner',
  /** What every service role is a member of: the policies are for it. */
  service: 'tenantry_service',
  /** What the roles of central work are members of: the policies that show every tenant's rows are for it. */
  central: 'tenantry_central',
  /** The relay's own role; it reaches outboxes alone. */
  relay: 'tenantry_relay',
} as const

/** What stands in a lease where its tenant would, when it is for central work. No tenant's id. */
export const everyTenant = '*'

/** The role that a deployment reads every tenant's rows as, beside the one that it works as. */
export function centralRoleOf(role: string): string {
  return `${role}_central`
}

/** The SQLSTATE of each refusal of the check. */
export const sqlStates = {
  missing: 'TN001',
  invalid: 'TN002',
  expired: 'TN003',
  revoked: 'TN004',
} as const
