import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { TenantryError } from '@tenantry/context'
import { consoleUrlAt, operatorsOf, type TenantryConfig } from '@tenantry/routing'
import { type AdoptedUrlsByService, readAdoptedUrls } from '../control-plane/adopted-databases.ts'
import { readConsoleSecret } from '../control-plane/console/read-console-secret.ts'
import { ControlPlaneClient } from '../control-plane/control-plane-client.ts'
import type { DeploymentOrder } from '../control-plane/deployer.ts'
import { readRedisUrl } from '../gateway/limits/redis-url.ts'
import { certificateFilesIn, readCertificate } from '../gateway/tls/certificate.ts'
import { demoIssuer } from '../identity-provider/demo-issuer.ts'
import { demoOperator, demoOperators } from '../identity-provider/demo-operator.ts'
import { openProcessChannel, type ProcessChannel } from '../process-channel.ts'
import { type NatsAccesses, readNatsAccesses } from '../relay/nats/nats-access.ts'
import { DocumentDeployer } from './document-deployer.ts'
import { requireFreePort } from './free-port.ts'
import { LocalDeployer } from './local-deployer.ts'
import { lockSystem } from './lock-system.ts'
import { type PlatformProcess, planGateways, planPlatform } from './platform-processes.ts'
import type { StateFolder, SystemAddresses } from './state-folder.ts'
import { SupervisedPostgres } from './supervised-postgres.ts'
import { SupervisedProcess } from './supervised-process.ts'

/** What a system is started from. */
export interface SystemOptions {
  readonly config: TenantryConfig
  /** The folder that the configuration's paths are relative to. */
  readonly configFolder: string
  readonly state: StateFolder
  readonly ports: { readonly gateway: number; readonly control: number; readonly identity: number }
  /**
   * `everything`, or `tokens`: what services need that something else starts, and that something else than our gateway
   * reaches. That is PostgreSQL, the token service, and the control plane that tells it of tenants and workloads.
   */
  readonly parts?: 'everything' | 'tokens'
  /** Told of each part once it is up, in words for a person. */
  readonly onProgress: (part: string) => void
  /** Aborts a start that is under way; what was started by then is stopped. */
  readonly signal: AbortSignal
}

const drainMs = 1_200
const graceMs = 2_200
const postgresGraceMs = 1_000

const tokensAlone: readonly PlatformProcess[] = ['token-service', 'control-plane']
const platformProcesses: readonly PlatformProcess[] = ['relay', 'identity-provider', ...tokensAlone]

interface SystemParts {
  readonly addresses: SystemAddresses
  readonly controlPlane: ControlPlaneClient
  readonly state: StateFolder
  readonly postgres: SupervisedPostgres
  readonly gateways: readonly SupervisedProcess[]
  readonly processes: Partial<Record<PlatformProcess, SupervisedProcess>>
  readonly deployer: LocalDeployer | DocumentDeployer
  readonly unlock: () => void
}

/** The whole of Tenantry on one machine: PostgreSQL, the platform's processes and every deployment, supervised. */
export class System {
  readonly #parts: SystemParts

  private constructor(parts: SystemParts) {
    this.#parts = parts
  }

  get addresses(): SystemAddresses {
    return this.#parts.addresses
  }

  get controlPlane(): ControlPlaneClient {
    return this.#parts.controlPlane
  }

  /** Starts everything and settles when all of it answers. On a failure, what was started is stopped again. */
  static async start(options: SystemOptions): Promise<System> {
    const { state, ports, config, parts = 'everything' } = options
    const whole = parts === 'everything'
    if (whole && config.mode !== 'development') {
      throw new TenantryError('MODE_UNSUPPORTED', 'only `mode: development` runs on one machine so far', {
        help: 'set `mode` in tenantry.config.ts, or run `tenantry tokens`; clusters are not supported yet',
      })
    }
    if (config.mode !== 'development' && !state.isSealed) throw stateKeyMissing()
    const adopted = readAdoptedUrls(config, process.env)
    const nats = readNatsAccesses(config, process.env)
    const { tls } = config.gateway
    if (whole && tls) readCertificate(certificateFilesIn(options.configFolder, tls))
    const redisUrl = whole ? readRedisUrl(config, process.env) : undefined
    const consoleSecret = readConsoleSecret(config, process.env)
    if (whole) await requireFreePort(ports.gateway, '--gateway-port', 'TENANTRY_GATEWAY_PORT')
    await requireFreePort(ports.control, '--control-port', 'TENANTRY_CONTROL_PORT')
    if (whole && config.ingress)
      await requireFreePort(config.ingress.port, '--ingress-port', 'TENANTRY_INGRESS_PORT')
    if (whole) await requireFreePort(ports.identity, '--identity-port', 'TENANTRY_IDENTITY_PORT')
    state.create()
    const unlock = await lockSystem(state)
    // Those of a system that was killed are good for nothing.
    state.removeDocuments()
    const postgres = await SupervisedPostgres.start(state, {
      password: state.secrets().postgresPassword,
      connectionsTotal: config.database.connectionsTotal,
    }).catch((error) => {
      unlock()
      throw error
    })
    options.onProgress('PostgreSQL')
    const system = System.#assemble(options, { postgres, adopted, nats, redisUrl, consoleSecret, unlock })
    try {
      await Promise.race([system.#bringUp(options), aborted(options.signal)])
    } catch (error) {
      await system.stop()
      throw error
    }
    state.writeAddresses(system.addresses)
    return system
  }

  /** The ids of all child processes that run now, by name. */
  get pids(): ReadonlyMap<string, number> {
    const { gateways, processes, deployer } = this.#parts
    const all = [...gateways, ...Object.values(processes), ...deployer.processes]
    const pids = new Map<string, number>()
    for (const { id, pid } of all) if (pid !== undefined) pids.set(id, pid)
    if (this.#parts.postgres.pid !== undefined) pids.set('postgres', this.#parts.postgres.pid)
    return pids
  }

  /** Stops everything within 5 s: first the gateways, so that what is in flight can finish, PostgreSQL last. */
  async stop(): Promise<void> {
    const { gateways, processes } = this.#parts
    await Promise.all(gateways.map((gateway) => gateway.stop(drainMs)))
    await Promise.all([
      this.#parts.deployer.stop(graceMs),
      ...Object.values(processes).map((process) => process.stop(graceMs)),
    ])
    await this.#parts.postgres.stop(postgresGraceMs)
    this.#parts.unlock()
    rmSync(this.#parts.state.runFolder, { recursive: true, force: true })
  }

  static #assemble(
    options: SystemOptions,
    {
      postgres,
      adopted,
      nats,
      redisUrl,
      consoleSecret,
      unlock,
    }: Pick<SystemParts, 'postgres' | 'unlock'> & {
      adopted: AdoptedUrlsByService
      nats: NatsAccesses | undefined
      redisUrl: string | undefined
      consoleSecret: string | undefined
    },
  ): System {
    const { config, configFolder, state, ports, onProgress, parts = 'everything' } = options
    const whole = parts === 'everything'
    const secrets = state.secrets()
    const planned = {
      config,
      configFolder,
      state,
      secrets,
      ports,
      adopted,
      nats,
      redisUrl,
      consoleSecret,
      postgresPort: () => postgres.port,
    }
    const platform = planPlatform(planned)
    const gateways = whole ? planGateways(planned) : []
    // A workload that does not run is none that could ask for a token.
    const ids = whole ? platformProcesses : tokensAlone
    let channel: ProcessChannel | undefined
    const deployed = { config, state, controlPlane: () => channel ?? notStarted(), onDeployed: onProgress }
    const deployer = whole ? new LocalDeployer({ ...deployed, configFolder }) : new DocumentDeployer(deployed)
    const methods = {
      deploy: (order: DeploymentOrder) => deployer.deploy(order),
      running: () => ({
        workloads: [
          ...[...gateways, ...ids.map((id) => platform[id])].map(({ workload }) => workload),
          ...deployer.deployments.map(({ workload }) => workload),
        ],
        deployments: deployer.deployments,
      }),
    }
    const supervise = (id: PlatformProcess) => new SupervisedProcess(platform[id].plan)
    return new System({
      addresses: {
        gateway: whole ? `${config.gateway.tls ? 'https' : 'http'}://localhost:${ports.gateway}` : null,
        controlPlane: `http://localhost:${ports.control}`,
        console: consoleOf(options),
        issuer: whole ? demoIssuer(config).issuer : null,
      },
      controlPlane: new ControlPlaneClient({
        url: `http://127.0.0.1:${ports.control}`,
        adminToken: secrets.adminToken,
      }),
      postgres,
      deployer,
      unlock,
      state,
      gateways: gateways.map(({ plan }) => new SupervisedProcess(plan)),
      processes: {
        ...Object.fromEntries(ids.map((id) => [id, supervise(id)])),
        'token-service': new SupervisedProcess({
          ...platform['token-service'].plan,
          onSpawn: (child) => {
            openProcessChannel(child, {
              keep: (changed: Parameters<StateFolder['keep']>[0]) => state.keep(changed),
            })
          },
        }),
        'control-plane': new SupervisedProcess({
          ...platform['control-plane'].plan,
          onSpawn: (child) => {
            channel = openProcessChannel(child, methods)
          },
        }),
      },
    })
  }

  async #bringUp(options: SystemOptions): Promise<void> {
    const { gateways, processes } = this.#parts
    const starting = [...gateways, ...Object.values(processes)].map(async (process) => {
      await process.start()
      options.onProgress(process.id)
    })
    await Promise.all(starting)
    await this.#onboardDemo(options)
  }

  async #onboardDemo({ config, state, onProgress }: SystemOptions): Promise<void> {
    if (!config.demo || state.demoOnboarded) return
    const tenants = Object.entries(config.demo.tenants)
    await Promise.all(
      tenants.map(async ([id, tier]) => {
        await this.controlPlane.onboard(id, tier)
        onProgress(`${id} (${tier})`)
      }),
    )
    state.markDemoOnboarded()
  }
}

function consoleOf({ config, ports, parts = 'everything' }: SystemOptions): SystemAddresses['console'] {
  const operators = operatorsOf(config)
  if (!operators) return null
  const isDemo = parts === 'everything' && demoOperators(config, demoIssuer(config).issuer) !== undefined
  return { url: consoleUrlAt(config, ports.control), demoOperator: isDemo ? demoOperator.login : null }
}

async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw new TenantryError('START_ABORTED', 'the start was stopped', { help: 'run `npm start` again' })
}

function stateKeyMissing(): TenantryError {
  return new TenantryError('STATE_KEY_MISSING', 'outside development, secrets at rest need a key', {
    help: 'give one in `TENANTRY_STATE_KEY`, from your secret store; keep it, for without it they are lost',
  })
}

function notStarted(): never {
  throw new TenantryError('CONTROL_PLANE_DOWN', 'the control plane was not started yet', {
    status: 503,
    help: 'see the log of the control plane',
  })
}
