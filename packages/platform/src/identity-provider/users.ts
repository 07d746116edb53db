import type { Directory } from '@tenantry/routing'

/** The roles that every demo tenant has one user of. */
export const demoRoles = ['admin', 'seller', 'buyer'] as const

/** One demo user: `seller@tenant-a` is the seller of tenant-a. */
export interface DemoUser {
  readonly login: string
  readonly tenant: string
  readonly tier: string
  readonly role: string
}

/** All demo users: each tenant's three, as soon as the directory knows the tenant. */
export function listUsers({ tenants }: Directory): DemoUser[] {
  return [...tenants.values()].flatMap(({ id, tier }) =>
    demoRoles.map((role) => ({ login: `${role}@${id}`, tenant: id, tier, role })),
  )
}

/** The user of this login, or `undefined`. */
export function findUser(directory: Directory, login: string): DemoUser | undefined {
  const [role = '', id = ''] = login.split('@')
  const tenant = directory.tenants.get(id)
  if (!tenant || login !== `${role}@${id}` || !demoRoles.some((known) => known === role)) return undefined
  return { login, tenant: id, tier: tenant.tier, role }
}
