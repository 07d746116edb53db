// Over 250 lines because whoever starts a process also replaces, retires and forgets it: one life, in one place.
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import type { TenantryConfig } from '@tenantry/routing'
import type {
  DatabaseCredentials,
  DeploymentOrder,
  RunningDeployment,
} from '../control-plane/deployments/deployer.ts'
import type { ProcessChannel } from '../process/process-channel.ts'
import {
  type ChangedSettings,
  deploymentDocument,
  type LiveSettings,
  liveSettings,
} from './deployment-document.ts'
import { findFreePort } from './free-port.ts'
import { type IssuedCredential, issueKey } from './issue-credential.ts'
import { Retiring } from './retiring.ts'
import type { StateFolder } from './state-folder.ts'
import { type StartOptions, SupervisedProcess } from './supervised-process.ts'

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

interface Copy {
  readonly order: DeploymentOrder
  /** What it was started from. */
  readonly config: TenantryConfig
  readonly credential: IssuedCredential
  readonly process: SupervisedProcess
  /** What it knows of what may change while it runs. */
  live: LiveSettings
  address: string | null
  /** What the process needs is asked for once: the password stays in this memory, for when it has to start again. */
  database: DatabaseCredentials | null
}

// A route is remembered for 2 s by whoever calls.
const routesKnownMs = 2_200
const drainMs = 30_000

/** Runs each deployment as one process of this machine. */
export class LocalDeployer {
  readonly #running = new Map<string, Copy>()
  readonly #starting = new Map<string, Promise<void>>()
  readonly #coming = new Set<SupervisedProcess>()
  readonly #retiring = new Retiring()
  readonly #failures = new Map<string, unknown>()
  readonly #parts: LocalDeployerParts
  #config: TenantryConfig
  #patience: StartOptions = {}
  #stopping = false

  constructor(parts: LocalDeployerParts) {
    this.#parts = parts
    this.#config = parts.config
  }

  get deployments(): RunningDeployment[] {
    return [...this.#running.values()].map(({ order, credential, address }) => ({
      id: order.id,
      workload: credential.workload,
      address,
    }))
  }

  get processes(): SupervisedProcess[] {
    return [...this.#running.values()].map(({ process }) => process)
  }

  /** Why a deployment did not start, since the configuration was changed last. */
  failureOf(id: string): unknown {
    return this.#failures.get(id)
  }

  /** Starts the deployment unless it is there already, and settles when it answers. */
  async deploy(order: DeploymentOrder): Promise<RunningDeployment> {
    if (!this.#running.has(order.id) && !this.#starting.has(order.id))
      this.#starting.set(
        order.id,
        this.#start(order).finally(() => this.#starting.delete(order.id)),
      )
    await this.#starting.get(order.id)
    const running = this.deployments.find(({ id }) => id === order.id)
    if (!running) throw new Error(`\`${order.id}\` was not started`)
    return running
  }

  /** Starts by another configuration whatever is started from now on; what runs is left as it is. */
  use(config: TenantryConfig, patience: StartOptions = {}): void {
    this.#config = config
    this.#patience = patience
    this.#failures.clear()
  }

  /** The deployments that would be started otherwise now than they were. */
  get outdated(): string[] {
    return [...this.#running.values()]
      .filter(({ order }) => this.#config.services[order.service])
      .filter(
        (copy) => !isDeepStrictEqual(this.#startOf(copy, copy.config), this.#startOf(copy, this.#config)),
      )
      .map(({ order }) => order.id)
  }

  /** Tells every deployment what it may learn while it runs, and returns those to whom that is new. */
  tellLive(): string[] {
    const live = liveSettings(this.#config)
    const changed = [...this.#running.values()].filter((copy) => !isDeepStrictEqual(copy.live, live))
    for (const copy of changed) {
      copy.live = live
      copy.process.tell({ type: 'settings', ...live } satisfies ChangedSettings)
    }
    return changed.map(({ order }) => order.id)
  }

  /**
   * Puts another copy in a deployment's place: that goes on until the new one answers, and nobody knows its address any more. Rejects
   * when the new one does not come up; the other is then still there.
   */
  async renew(id: string): Promise<void> {
    const former = this.#running.get(id)
    if (!former) return
    const { controlPlane } = this.#parts
    await controlPlane().call('copies', { id, copies: 2 })
    try {
      const copy = await this.#startCopy(former)
      this.#running.set(id, copy)
      this.#move(copy)
    } catch (error) {
      await controlPlane().call('copies', { id, copies: 1 })
      throw error
    }
    await new Promise((settle) => setTimeout(settle, routesKnownMs))
    this.#retiring.add(former.process, drainMs, () => {
      void controlPlane()
        .call('copies', { id, copies: 1 })
        .catch(() => undefined)
    })
  }

  /** Takes out every deployment that is not among these, and returns which. */
  keepOnly(ids: readonly string[]): string[] {
    const gone = [...this.#running.keys()].filter((id) => !ids.includes(id))
    for (const id of gone) {
      const copy = this.#running.get(id)
      this.#running.delete(id)
      if (copy) this.#retiring.add(copy.process, drainMs)
    }
    return gone
  }

  /** Stops every deployment; none is started again. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    await Promise.all([
      ...[...this.processes, ...this.#coming].map((process) => process.stop(graceMs)),
      this.#retiring.stop(graceMs),
    ])
  }

  async #start(order: DeploymentOrder): Promise<void> {
    const credential = issueKey({ id: order.id, kind: 'service' })
    try {
      const copy = await this.#startCopy({ order, credential, database: null })
      this.#running.set(order.id, copy)
    } catch (error) {
      this.#failures.set(order.id, error)
      throw error
    }
    this.#parts.onDeployed(order.id)
  }

  async #startCopy({
    order,
    credential,
    database,
  }: Pick<Copy, 'order' | 'credential' | 'database'>): Promise<Copy> {
    const { configFolder, state, controlPlane } = this.#parts
    const config = this.#config
    const service = config.services[order.service]
    if (!service || this.#stopping) throw new Error(`\`${order.service}\` cannot be started now`)
    let address: string | null = null
    const process = new SupervisedProcess({
      id: order.id,
      entry: resolve(configFolder, service.entry),
      nodeOptions: service.register ? ['--import', findRegister(configFolder)] : [],
      logFile: state.log(order.id),
      document: async () => {
        if ((service.migrations ?? service.adopts) && !copy.database)
          copy.database = await controlPlane().call('credentials', { id: order.id })
        return {
          ...deploymentDocument({
            order,
            config,
            state,
            identity: credential.identity,
            database: copy.database,
          }),
          // It may have been told other ones since.
          ...copy.live,
        }
      },
      env: async () => {
        const port = await findFreePort()
        address = `http://127.0.0.1:${port}`
        return { HOST: '127.0.0.1', PORT: String(port) }
      },
      onUp: () => {
        copy.address = address
        this.#move(copy)
      },
      onDown: () => {
        copy.address = null
        this.#move(copy)
      },
    })
    const copy: Copy = {
      order,
      config,
      credential,
      process,
      live: liveSettings(config),
      address: null,
      database,
    }
    this.#coming.add(process)
    try {
      await process.start(this.#patience)
    } catch (error) {
      await process.stop(0)
      throw error
    } finally {
      this.#coming.delete(process)
    }
    return copy
  }

  /** Tells where a deployment is now; of a copy that is not the one in its place nothing. */
  #move(copy: Copy): void {
    const { id } = copy.order
    if (this.#running.get(id) !== copy) return
    // A control plane that is being restarted asks for everything when it is back.
    void this.#parts
      .controlPlane()
      .call('moved', { id, address: copy.address })
      .catch(() => undefined)
  }

  /** What a copy would be started with, as far as the configuration says it. */
  #startOf({ order, credential }: Copy, config: TenantryConfig): object {
    const { entry, register, migrations } = config.services[order.service] ?? {}
    const { state } = this.#parts
    const document = deploymentDocument({
      order,
      config,
      state,
      identity: credential.identity,
      database: null,
    })
    const settled = Object.entries(document).filter(([name]) => !Object.hasOwn(liveSettings(config), name))
    return JSON.parse(JSON.stringify([entry, register, migrations !== undefined, settled]))
  }
}

/** Where `tenantry/register` is, as the configuration file itself would find it. */
function findRegister(configFolder: string): string {
  return pathToFileURL(createRequire(join(configFolder, 'package.json')).resolve('tenantry/register')).href
}
