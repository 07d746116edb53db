import { demoIssuer, type TenantryConfig } from '@tenantry/platform'
import { readPort } from './read-port.ts'

/** Moves the demo identity provider to another port of this machine, where one is named: a part of the configuration in force. */
export function moveDemoIssuer(config: TenantryConfig, port: string | undefined): void {
  const demo = demoIssuer(config)
  const issuer = new URL(demo.issuer)
  if (port) issuer.port = String(readPort(port))
  demo.issuer = issuer.href.replace(/\/$/, '')
}
