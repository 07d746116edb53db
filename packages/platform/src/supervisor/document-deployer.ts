import type { TenantryConfig } from '@tenantry/routing'
import { clusterAddressOf } from '@tenantry/routing/manifests'
import type {
  DatabaseCredentials,
  DeploymentOrder,
  RunningDeployment,
} from '../control-plane/deployments/deployer.ts'
import type { ProcessChannel } from '../process/process-channel.ts'
import { deploymentDocument } from './deployment-document.ts'
import { issueToDeployment } from './issue-credential.ts'
import type { StateFolder } from './state-folder.ts'
import type { SupervisedProcess } from './supervised-process.ts'

/** What the deployer of documents works with. */
export interface DocumentDeployerParts {
  readonly config: TenantryConfig
  readonly state: StateFolder
  /** The channel to the control plane that runs now. */
  readonly controlPlane: () => ProcessChannel
  readonly onDeployed: (id: string) => void
}

/**
 * Starts no deployment: it writes what each is to be started with to a file of the state folder, mode 0600, for whoever
 * does. In a cluster that the configuration describes each is reached at its Service; otherwise no address is known, and no call
 * and no event is sent to one.
 */
export class DocumentDeployer {
  /** Nothing runs here. */
  readonly processes: readonly SupervisedProcess[] = []
  readonly #parts: DocumentDeployerParts
  readonly #deployed = new Map<string, RunningDeployment>()
  readonly #writing = new Map<string, Promise<RunningDeployment>>()

  constructor(parts: DocumentDeployerParts) {
    this.#parts = parts
  }

  get deployments(): RunningDeployment[] {
    return [...this.#deployed.values()]
  }

  /** Writes the deployment's document unless it is there already. */
  async deploy(order: DeploymentOrder): Promise<RunningDeployment> {
    const known = this.#deployed.get(order.id)
    if (known) return known
    let writing = this.#writing.get(order.id)
    if (!writing) {
      writing = this.#write(order).finally(() => this.#writing.delete(order.id))
      this.#writing.set(order.id, writing)
    }
    return writing
  }

  /** Takes the documents away: what they hold is good for nothing once the platform has stopped. */
  async stop(): Promise<void> {
    this.#parts.state.removeDocuments()
  }

  async #write(order: DeploymentOrder): Promise<RunningDeployment> {
    const { config, state, controlPlane, onDeployed } = this.#parts
    const { workload, identity } = issueToDeployment(order.id, config)
    const { migrations, adopts } = config.services[order.service] ?? {}
    const database: DatabaseCredentials | null =
      (migrations ?? adopts) ? await controlPlane().call('credentials', { id: order.id }) : null
    state.writeDocument(order.id, deploymentDocument({ order, config, state, identity, database }))
    const deployment = { id: order.id, address: clusterAddressOf(config, order.id), workload }
    this.#deployed.set(order.id, deployment)
    onDeployed(order.id)
    return deployment
  }
}
