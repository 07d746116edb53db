import { TenantryError } from '@tenantry/context'
import { type IssuerConfig, isPlainOrLoopback, type TenantryConfig } from '@tenantry/routing'

/** What the demo identity provider reads of the configuration. */
export type DemoConfig = Pick<TenantryConfig, 'mode' | 'identity' | 'operators'>

/** The issuer that the demo identity provider speaks as: the first on this machine. Throws `DEMO_ISSUER_MISSING`. */
export function demoIssuer({ identity }: Pick<TenantryConfig, 'identity'>): IssuerConfig {
  const own = identity.find(({ issuer }) => isPlainOrLoopback(issuer))
  if (own) return own
  throw new TenantryError('DEMO_ISSUER_MISSING', 'no issuer of the configuration is on this machine', {
    help: 'add one such as `http://localhost:8085` to `identity`, for the demo identity provider',
  })
}
