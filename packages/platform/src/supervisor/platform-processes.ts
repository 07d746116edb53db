import { fileURLToPath } from 'node:url'
import { publicJwk } from '@tenantry/context'
import type { DirectoryWorkload, TenantryConfig } from '@tenantry/routing'
import type { AdoptedUrlsByService } from '../control-plane/adopted-databases.ts'
import type { NatsAccesses } from '../relay/nats/nats-access.ts'
import { issueKey } from './issue-credential.ts'
import type { Secrets, StateFolder } from './state-folder.ts'
import type { ProcessPlan } from './supervised-process.ts'

/** The platform's own processes, in the order in which they are stopped. */
export type PlatformProcess = Exclude<DirectoryWorkload['kind'], 'service'>

/** What the platform's processes are started from. */
export interface PlatformParts {
  readonly config: TenantryConfig
  readonly configFolder: string
  readonly state: StateFolder
  readonly secrets: Secrets
  readonly postgresPort: () => number
  /** The databases that services brought along: for the control plane alone. */
  readonly adopted: AdoptedUrlsByService
  /** How NATS is reached, where events are kept there. */
  readonly nats: NatsAccesses | undefined
  /** The Redis in which several gateways count together: for the gateway alone. */
  readonly redisUrl: string | undefined
  readonly ports: { readonly gateway: number; readonly control: number; readonly identity: number }
}

const busDatabase = 'tenantry_bus'

/** Each process's plan, and the workload it proves itself as: who holds what, in one table. */
export function planPlatform(
  parts: PlatformParts,
): Record<PlatformProcess, { plan: ProcessPlan; workload: DirectoryWorkload }> {
  const { config, configFolder, secrets, ports } = parts
  const server = () => ({ host: '127.0.0.1', port: parts.postgresPort() })
  return {
    gateway: planOne(parts, 'gateway', () => ({ port: ports.gateway, config, redisUrl: parts.redisUrl })),
    relay: planOne(parts, 'relay', () => {
      const role = { ...server(), user: 'tenantry_relay', password: secrets.relayPassword }
      return {
        database: role,
        bus: { ...role, database: busDatabase },
        nats: parts.nats?.relay,
        eventKey: secrets.eventSigningKey,
        config,
      }
    }),
    'token-service': planOne(parts, 'token-service', () => ({
      config,
      // They rotate while the system runs: each start is given those of its time.
      signingKeys: parts.state.secrets().tokenSigningKeys,
      leaseMasters: parts.state.secrets().leaseMasters,
      eventPublicKeys: [publicJwk(secrets.eventSigningKey)],
    })),
    'identity-provider': planOne(parts, 'identity-provider', () => ({
      port: ports.identity,
      config,
      signingKey: secrets.identitySigningKey,
      cookieKey: secrets.cookieKey,
    })),
    'control-plane': planOne(parts, 'control-plane', () => ({
      port: ports.control,
      adminToken: secrets.adminToken,
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
  { config, state }: PlatformParts,
  id: PlatformProcess,
  own: () => object,
): { plan: ProcessPlan; workload: DirectoryWorkload } {
  const { workload, identity } = issueKey({ id, kind: id })
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
    entry: fileURLToPath(new URL(`../${id}/main${import.meta.url.slice(-3)}`, import.meta.url)),
    logFile: state.log(id),
    document: () => ({ ...common, ...own() }),
  }
  return { plan, workload }
}
