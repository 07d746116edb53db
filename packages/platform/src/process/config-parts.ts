import type { TenantryConfig } from '@tenantry/routing'

// What a process does not read cannot change it: it is not renewed for that.
const parts = {
  'token-service': ['trustDomain', 'identity', 'apiKeys', 'services', 'workloads'],
  relay: ['trustDomain', 'services', 'tiers', 'explain', 'metrics'],
  'identity-provider': ['mode', 'identity', 'operators'],
} as const satisfies Record<string, readonly (keyof TenantryConfig)[]>

/** What one of the platform's processes reads of the configuration. Gateways and the control plane read all of it. */
export type ConfigPart<Kind extends keyof typeof parts> = Pick<TenantryConfig, (typeof parts)[Kind][number]>

/** The part of the configuration that a process is given, and no more. */
export function configPart<Kind extends keyof typeof parts>(
  kind: Kind,
  config: TenantryConfig,
): ConfigPart<Kind> {
  const names: readonly string[] = parts[kind]
  return Object.fromEntries(
    Object.entries(config).filter(([name]) => names.includes(name)),
  ) as ConfigPart<Kind>
}
