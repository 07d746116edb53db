import { readConfig, type TenantryConfig, type TenantryConfigInput } from '@tenantry/routing'

/** A configuration of these services, with these prices or none. */
export function pricedConfig(
  services: readonly string[],
  cost?: NonNullable<TenantryConfigInput['metrics']>['cost'],
): TenantryConfig {
  return readConfig({
    ...{ mode: 'development', trustDomain: 'shop.example' },
    identity: {
      ...{ issuer: 'http://localhost:8085', audience: 'shop' },
      claims: { tenant: 'tenant', role: 'role' },
    },
    tiers: { basic: { placement: 'pool' }, premium: { placement: 'silo' } },
    services: Object.fromEntries(
      services.map((service) => [service, { entry: `${service}.ts`, routes: [`/${service}`] }]),
    ),
    demo: { tenants: { 'tenant-a': 'basic' } },
    metrics: { cost },
  })
}
