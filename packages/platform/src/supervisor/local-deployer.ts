import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TenantryConfig } from '@tenantry/routing'
import type { DatabaseCredentials, DeploymentOrder, RunningDeployment } from '../control-plane/deployer.ts'
import type { ProcessChannel } from '../process-channel.ts'
import { deploymentDocument } from './deployment-document.ts'
import { findFreePort } from './free-port.ts'
import { issueKey } from './issue-credential.ts'
import type { StateFolder } from './state-folder.ts'
import { SupervisedProcess } from './supervised-process.ts'

/** What the local deployer works with. */
export interface LocalDeployerParts {
  readonly config: TenantryConfig
  /** The folder that the configuration's paths are relative to. */
  readonly configFolder: string
  readonly state: StateFolder
  /** The channel to the control plane that runs now. */
  readonly controlPlane: () => ProcessChannel
  readonly onDeployed: (id: string) => void
}

/** Runs each deployment as one process of this machine. */
export class LocalDeployer {
  readonly #running = new Map<string, { process: SupervisedProcess; deployment: RunningDeployment }>()
  readonly #starting = new Map<string, Promise<void>>()
  readonly #parts: LocalDeployerParts
  #stopping = false

  constructor(parts: LocalDeployerParts) {
    this.#parts = parts
  }

  get deployments(): RunningDeployment[] {
    return [...this.#running.values()].map(({ deployment }) => deployment)
  }

  get processes(): SupervisedProcess[] {
    return [...this.#running.values()].map(({ process }) => process)
  }

  /** Starts the deployment unless it is there already, and settles when it answers. */
  async deploy(order: DeploymentOrder): Promise<RunningDeployment> {
    if (!this.#running.has(order.id)) this.#starting.set(order.id, this.#start(order))
    await this.#starting.get(order.id)
    const running = this.#running.get(order.id)
    if (!running) throw new Error(`\`${order.id}\` was not started`)
    return running.deployment
  }

  /** Stops every deployment; none is started again. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    await Promise.all(this.processes.map((process) => process.stop(graceMs)))
  }

  async #start(order: DeploymentOrder): Promise<void> {
    const { config, configFolder, state, controlPlane, onDeployed } = this.#parts
    const service = config.services[order.service]
    if (!service || this.#stopping) throw new Error(`\`${order.service}\` cannot be started now`)
    const { workload, identity } = issueKey({ id: order.id, kind: 'service' })
    let address: string | null = null
    // What the process needs is asked for once: the password stays in this memory, for when it has to start again.
    let database: DatabaseCredentials | null = null

    const move = (to: string | null) => {
      this.#running.set(order.id, { process, deployment: { id: order.id, workload, address: to } })
      // A control plane that is being restarted asks for everything when it is back.
      void controlPlane()
        .call('moved', { id: order.id, address: to })
        .catch(() => undefined)
    }
    const process = new SupervisedProcess({
      id: order.id,
      entry: resolve(configFolder, service.entry),
      nodeOptions: service.register ? ['--import', findRegister(configFolder)] : [],
      logFile: state.log(order.id),
      document: async () => {
        if ((service.migrations ?? service.adopts) && !database)
          database = await controlPlane().call('credentials', { id: order.id })
        return deploymentDocument({ order, config, state, identity, database })
      },
      env: async () => {
        const port = await findFreePort()
        address = `http://127.0.0.1:${port}`
        return { HOST: '127.0.0.1', PORT: String(port) }
      },
      onUp: () => move(address),
      onDown: () => move(null),
    })
    this.#running.set(order.id, { process, deployment: { id: order.id, workload, address } })
    try {
      await process.start()
    } catch (error) {
      this.#running.delete(order.id)
      throw error
    }
    onDeployed(order.id)
  }
}

/** Where `tenantry/register` is, as the configuration file itself would find it. */
function findRegister(configFolder: string): string {
  return pathToFileURL(createRequire(join(configFolder, 'package.json')).resolve('tenantry/register')).href
}
