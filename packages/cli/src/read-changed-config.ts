import { ingressAtPort, loadConfig, StateFolder, type TenantryConfig } from '@tenantry/platform'
import { Option } from 'commander'
import { moveDemoIssuer } from './move-demo-issuer.ts'
import { readPort } from './read-port.ts'

/** How a changed configuration is named, with the ports that `start` was given and that are a part of it. */
export interface ChangedConfigOptions {
  /** The file that the running system was started with, if left out. */
  readonly config?: string
  readonly identityPort?: string
  readonly ingressPort?: string
}

/** The options by which a changed configuration is named. */
export const changedConfigOptions: readonly Option[] = [
  new Option(
    '--config <file>',
    'the changed configuration; the file that the system was started with, if left out',
  ),
  new Option('--identity-port <port>', 'TENANTRY_IDENTITY_PORT, as `start` is given it').env(
    'TENANTRY_IDENTITY_PORT',
  ),
  new Option('--ingress-port <port>', 'TENANTRY_INGRESS_PORT, as `start` is given it').env(
    'TENANTRY_INGRESS_PORT',
  ),
]

/** Reads the changed file, as `start` would. Throws `CONFIG_NOT_FOUND`, `CONFIG_INVALID`. */
export async function readChangedConfig(
  options: ChangedConfigOptions,
): Promise<{ config: TenantryConfig; folder: string }> {
  const file = options.config ?? new StateFolder().addresses().configFile ?? 'tenantry.config.ts'
  const { config, folder } = await loadConfig(file)
  if (options.identityPort) moveDemoIssuer(config, options.identityPort)
  if (options.ingressPort) config.ingress = ingressAtPort(readPort(options.ingressPort), config.ingress)
  return { config, folder }
}
