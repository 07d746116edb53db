import { ask } from './ask.ts'
import { list, missing, names, nullable, number, object, type Read, text, word } from './read.ts'

/** Where a tenant's share of one service lives. */
export const placementKind = word('pool', 'silo')

const limits = object({
  requestsPerSecond: nullable(number),
  concurrency: nullable(number),
  weight: nullable(number),
})

const tenant = object({
  id: text,
  tier: text,
  status: word('onboarding', 'active', 'suspended'),
  placement: names(placementKind),
  silo: nullable(text),
  limits: missing(nullable(limits), null),
  createdAt: text,
  updatedAt: text,
})

/** A tenant as the catalog knows it. */
export type Tenant = Read<typeof tenant>
/** What an operator set for one tenant alone; null goes back to what its tier says. */
export type OwnLimits = Read<typeof limits>

const tenants = object({ tenants: list(tenant) })

export async function readTenants(signal: AbortSignal): Promise<readonly Tenant[]> {
  return (await ask('/tenants', tenants, { signal })).tenants
}

export function readTenant(id: string, signal: AbortSignal): Promise<Tenant> {
  return ask(pathOf(id), tenant, { signal })
}

/** Settles when it is active: with a silo that takes some seconds. */
export function onboard(id: string, tier: string): Promise<Tenant> {
  return ask('/tenants', tenant, { method: 'POST', body: { id, tier } })
}

export function suspend(id: string): Promise<Tenant> {
  return ask(`${pathOf(id)}/suspend`, tenant, { method: 'POST', body: {} })
}

export function activate(id: string): Promise<Tenant> {
  return ask(`${pathOf(id)}/activate`, tenant, { method: 'POST', body: {} })
}

export function changeLimits(id: string, changes: Partial<OwnLimits>): Promise<Tenant> {
  return ask(`${pathOf(id)}/limits`, tenant, { method: 'PATCH', body: changes })
}

function pathOf(id: string): string {
  return `/tenants/${encodeURIComponent(id)}`
}
