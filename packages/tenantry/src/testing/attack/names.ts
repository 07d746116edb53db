/** A name as all spellings of it have it in common: `booking_id`, `bookingId` and `Booking-ID` are `bookingid`. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** The name of one of many, as far as English is regular. */
export function singular(name: string): string {
  const plain = plainName(name)
  if (plain.endsWith('ies')) return `${plain.slice(0, -3)}y`
  if (/(ss|x|ch|sh)es$/.test(plain)) return plain.slice(0, -2)
  return /[^s]s$/.test(plain) ? plain.slice(0, -1) : plain
}

const genericIds = ['id', 'uuid', 'guid', 'uid', 'key', 'slug']

/** True for the name of an id that does not say of what. */
export function isGenericId(name: string): boolean {
  return genericIds.includes(plainName(name))
}

/** True for names such as `id`, `booking_id`, `productIds`. */
export function isIdName(name: string): boolean {
  return (
    isGenericId(name) ||
    /(^|[_\-.\s])(id|uuid|guid)s?$/i.test(name) ||
    /[a-z0-9](Id|ID|Uuid|UUID)s?$/.test(name)
  )
}

const tenantPattern =
  /^(x)?(active|current)?(tenant|organi[sz]ation|org|workspace)(id|uuid|slug|key|name|code)?$/
/** These are a service's own things as often as its tenants: only where nothing else is known. */
const doubtfulPattern = /^(account|company|customer|owner)(id|uuid)$/

/** True for the names under which services keep whose something is. */
export function isTenantName(name: string): boolean {
  return tenantPattern.test(plainName(name)) || doubtfulPattern.test(plainName(name))
}

/** Spellings of a tenant's own field, as services, frameworks and their users write them. */
export const tenantFields: readonly string[] = [
  ...['tenant', 'tenant_id', 'tenantId', 'tenantid', 'TenantId', 'tenant-id', 'tenantSlug'],
  ...['organization', 'organization_id', 'organizationId', 'organisation_id', 'org', 'org_id', 'orgId'],
  ...['account', 'account_id', 'accountId', 'company_id', 'companyId', 'customer_id', 'customerId'],
  ...['workspace', 'workspace_id', 'workspaceId', 'owner', 'owner_id', 'ownerId', 'tenantry_tenant'],
]
