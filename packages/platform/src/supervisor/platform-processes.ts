import { fileURLToPath } from 'node:url'
import { publicJwk } from '@tenantry/context'
import { consoleUrlAt, type DirectoryWorkload, type TenantryConfig } from '@tenantry/routing'
import { certificateFilesIn } from '../gateway/tls/certificate.ts'
import { configPart } from '../process/config-parts.ts'
import { canSharePorts } from '../process/share-port.ts'
import type { IssuedCredential } from './issue-credential.ts'
import type { OutsideParts } from './outside-parts.ts'
import type { Secrets, StateFolder } from './state-folder.ts'
import type { ProcessPlan } from './supervised-process.ts'

/** The platform's own processes of which there is one each: all but the gateways. */
export type PlatformProcess = Exclude<DirectoryWorkload['kind'], 'service' | 'gateway'>

/** How a process is started, and the workload that it proves itself as. */
export interface PlannedProcess {
  readonly plan: ProcessPlan
  readonly workload: DirectoryWorkload
}

/** What the platform's processes are started from. */
export interface PlatformParts extends OutsideParts {
  readonly config: TenantryConfig
  readonly configFolder: string
  readonly state: StateFolder
  readonly secrets: Secrets
  readonly postgresPort: () => number
  /** What a process proves itself with: the same for the one that takes its place. */
  readonly credentialOf: (workload: Pick<DirectoryWorkload, 'id' | 'kind'>) => IssuedCredential
  readonly ports: { readonly gateway: number; readonly control: number; readonly identity: number }
}

const busDatabase = 'tenantry_bus'

/** The gateways, each a workload of its own: `gateway`, and `gateway-2` and so on where the configuration wants several. */
export function planGateways(parts: PlatformParts): PlannedProcess[] {
  const { config, configFolder, ports, redisUrl } = parts
  const { processes, tls } = config.gateway
  const own = {
    port: ports.gateway,
    // The one that takes its place listens beside it.
    shared: canSharePorts || processes > 1,
    config,
    redisUrl,
    tls: tls && certificateFilesIn(configFolder, tls),
  }
  return Array.from({ length: processes }, (_, at) =>
    planOne(parts, at === 0 ? 'gateway' : `gateway-${at + 1}`, { kind: 'gateway', own: () => own }),
  )
}

/** The other processes' plans: who holds what, in one table. */
export function planPlatform(parts: PlatformParts): Record<PlatformProcess, PlannedProcess> {
  const { config, configFolder, secrets, ports, consoleSecret } = parts
  const consoleUrl = consoleUrlAt(config, ports.control)
  const server = () => ({ host: '127.0.0.1', port: parts.postgresPort() })
  const plan = (kind: PlatformProcess, own: () => object) => planOne(parts, kind, { kind, own })
  return {
    relay: plan('relay', () => {
      const role = { ...server(), user: 'tenantry_relay', password: secrets.relayPassword }
      return {
        database: role,
        bus: { ...role, database: busDatabase },
        nats: parts.nats?.relay,
        eventKey: secrets.eventSigningKey,
        config: configPart('relay', config),
      }
    }),
    'token-service': plan('token-service', () => ({
      config: configPart('token-service', config),
      // They rotate while the system runs: each start is given those of its time.
      signingKeys: parts.state.secrets().tokenSigningKeys,
      leaseMasters: parts.state.secrets().leaseMasters,
      eventPublicKeys: [publicJwk(secrets.eventSigningKey)],
    })),
    'identity-provider': plan('identity-provider', () => ({
      port: ports.identity,
      shared: canSharePorts,
      consoleUrl,
      config: configPart('identity-provider', config),
      signingKey: secrets.identitySigningKey,
      cookieKey: secrets.cookieKey,
    })),
    'control-plane': plan('control-plane', () => ({
      port: ports.control,
      shared: canSharePorts,
      adminToken: secrets.adminToken,
      metricsToken: secrets.metricsToken,
      consoleUrl,
      consoleSecret,
      config,
      configFolder,
      postgres: { ...server(), user: 'postgres', password: secrets.postgresPassword },
      adopted: parts.adopted,
      nats: parts.nats?.provisioner,
      bus: { database: busDatabase, relayPassword: secrets.relayPassword },
    })),
  }
}

function planOne(
  { config, state, credentialOf }: PlatformParts,
  id: string,
  { kind, own }: { kind: PlatformProcess | 'gateway'; own: () => object },
): PlannedProcess {
  const { workload, identity } = credentialOf({ id, kind })
  const common = {
    ...identity,
    trustDomain: config.trustDomain,
    tokenServiceSocket: state.socket('tokens'),
    directorySocket: state.socket('control'),
    operatorSocket: state.socket(id),
  }
  const plan = {
    id,
    // The same extension as this file's: source in the repository, JavaScript in the published package.
    entry: fileURLToPath(new URL(`../${kind}/main${import.meta.url.slice(-3)}`, import.meta.url)),
    logFile: state.log(id),
    document: () => ({ ...common, ...own() }),
  }
  return { plan, workload }
}
