import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { TenantryError } from '@tenantry/context'
import { consoleUrlAt, operatorsOf, type TenantryConfig } from '@tenantry/routing'
import { ControlPlaneClient } from '../control-plane/control-plane-client.ts'
import type { DeploymentOrder } from '../control-plane/deployments/deployer.ts'
import { demoIssuer } from '../identity-provider/demo-issuer.ts'
import { demoOperator, demoOperators } from '../identity-provider/demo-operator.ts'
import { openProcessChannel } from '../process/process-channel.ts'
import { ConfigChanges } from './config-changes.ts'
import { DocumentDeployer } from './document-deployer.ts'
import { Fleet } from './fleet.ts'
import { requireFreePort } from './free-port.ts'
import { LatestChannel } from './latest-channel.ts'
import { LocalDeployer } from './local-deployer.ts'
import { lockSystem } from './lock-system.ts'
import { type OutsideParts, readOutsideParts } from './outside-parts.ts'
import { processPlanner } from './process-planner.ts'
import { Rollout } from './rollout.ts'
import type { StateFolder, SystemAddresses } from './state-folder.ts'
import { SupervisedPostgres } from './supervised-postgres.ts'

/** What a system is started from. */
export interface SystemOptions {
  readonly config: TenantryConfig
  /** The folder that the configuration's paths are relative to. */
  readonly configFolder: string
  /** The file that it was read from, so that a changed one is found again. */
  readonly configFile?: string
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

// Each a little more than the processes drain for and then report what they counted.
const gatewayGraceMs = 1_500
const graceMs = 2_000
const controlPlaneGraceMs = 400
const postgresGraceMs = 1_000

interface SystemParts {
  readonly addresses: SystemAddresses
  readonly controlPlane: ControlPlaneClient
  readonly state: StateFolder
  readonly postgres: SupervisedPostgres
  readonly fleet: Fleet
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
    const outside = readOutsideParts(config, { configFolder: options.configFolder, gateways: whole })
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
    const system = System.#assemble(options, { postgres, outside, unlock })
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
    const { fleet, deployer } = this.#parts
    const all = [...fleet.processes, ...deployer.processes]
    const pids = new Map<string, number>()
    for (const { id, pid } of all) if (pid !== undefined) pids.set(id, pid)
    if (this.#parts.postgres.pid !== undefined) pids.set('postgres', this.#parts.postgres.pid)
    return pids
  }

  /** Stops everything within 5 s: first the gateways, so that what is in flight can finish, the control plane and PostgreSQL last. */
  async stop(): Promise<void> {
    const { fleet, deployer } = this.#parts
    await fleet.stop(gatewayGraceMs, (kind) => kind === 'gateway')
    // Last of all the control plane, for the others report to it when they stop what their tenants used.
    await Promise.all([deployer.stop(graceMs), fleet.stop(graceMs, (kind) => kind !== 'control-plane')])
    await fleet.stop(controlPlaneGraceMs)
    await this.#parts.postgres.stop(postgresGraceMs)
    this.#parts.unlock()
    rmSync(this.#parts.state.runFolder, { recursive: true, force: true })
  }

  static #assemble(
    options: SystemOptions,
    { postgres, outside, unlock }: Pick<SystemParts, 'postgres' | 'unlock'> & { outside: OutsideParts },
  ): System {
    const { config, configFolder, state, ports, onProgress, parts = 'everything' } = options
    const whole = parts === 'everything'
    const secrets = state.secrets()
    const channels = new LatestChannel()
    const controlPlane = () => channels.current ?? notStarted()
    const deployed = { config, state, controlPlane, onDeployed: onProgress }
    const local = whole ? new LocalDeployer({ ...deployed, configFolder }) : undefined
    const deployer = local ?? new DocumentDeployer(deployed)
    const plan = processPlanner({
      ...{ configFolder, state, secrets, ports, whole, postgresPort: () => postgres.port },
      onSpawn: {
        'token-service': (child) => {
          openProcessChannel(child, {
            keep: (changed: Parameters<StateFolder['keep']>[0]) => state.keep(changed),
          })
        },
        'control-plane': (child) => {
          channels.add(child, openProcessChannel(child, methods))
        },
      },
    })
    const fleet = new Fleet(plan(config, outside))
    const changes = new ConfigChanges({
      config,
      prepare: (next) => {
        if (!local) throw applyUnsupported()
        const outsideOf = (by: TenantryConfig) => readOutsideParts(by, { configFolder, gateways: true })
        outsideOf(next)
        return new Rollout({ fleet, deployer: local, controlPlane, plan: (by) => plan(by, outsideOf(by)) })
      },
    })
    const methods = {
      deploy: (order: DeploymentOrder) => deployer.deploy(order),
      running: () => ({
        workloads: [...fleet.workloads, ...deployer.deployments.map(({ workload }) => workload)],
        deployments: deployer.deployments,
      }),
      apply: ({ config: next }: { config: TenantryConfig }) => changes.begin(next),
      report: () => changes.report,
    }
    return new System({
      addresses: {
        gateway: whole ? `${config.gateway.tls ? 'https' : 'http'}://localhost:${ports.gateway}` : null,
        controlPlane: `http://localhost:${ports.control}`,
        console: consoleOf(options),
        issuer: whole ? demoIssuer(config).issuer : null,
        configFile: options.configFile ?? null,
      },
      controlPlane: new ControlPlaneClient({
        url: `http://127.0.0.1:${ports.control}`,
        adminToken: secrets.adminToken,
      }),
      postgres,
      deployer,
      unlock,
      state,
      fleet,
    })
  }

  async #bringUp(options: SystemOptions): Promise<void> {
    const starting = this.#parts.fleet.processes.map(async (process) => {
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

function applyUnsupported(): TenantryError {
  return new TenantryError('APPLY_UNSUPPORTED', 'what others start cannot be renewed from here', {
    help: 'run `tenantry tokens` again, and start each service with its new document',
  })
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
