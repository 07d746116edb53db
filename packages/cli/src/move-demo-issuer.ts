import { demoIssuer, type TenantryConfig } from '@tenantry/platform'
import { readPort } from './read-port.ts'

/**
 * Moves the demo identity provider to another port of this machine, where one is named: a part of the configuration in force, for
 * operators too where they sign in there.
 */
export function moveDemoIssuer(config: TenantryConfig, port: string | undefined): void {
  const demo = demoIssuer(config)
  const issuer = new URL(demo.issuer)
  if (port) issuer.port = String(readPort(port))
  const moved = issuer.href.replace(/\/$/, '')
  if (config.operators?.issuer === demo.issuer) config.operators.issuer = moved
  demo.issuer = moved
}
