import type { DirectoryDeployment, DirectoryWorkload } from '@tenantry/routing'
import type { ProcessChannel } from '../../process/process-channel.ts'

/** How a deployment's process reaches its database: given once to whoever starts it, and kept nowhere. */
export interface DatabaseCredentials {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  /** How many connections its pool may hold at once; its role gets few more. */
  readonly connections: number
  /** The role of central work, for a service that was granted `central`, and no other's. */
  readonly central?: { readonly user: string; readonly password: string; readonly connections: number }
  /** True when host and port are a transaction pooler's: leases are then signed for the role, and not the connection. */
  readonly pooler: boolean
  /** True for a database that the service had already: nothing is refused before it reaches the database. */
  readonly adopted?: boolean
  /** How it was named, which may say more than the parts above, such as of TLS; of an adopted one alone. */
  readonly url?: string
}

/** A running deployment: where it answers (null while it is down), and the key its workload proves itself with. */
export interface RunningDeployment {
  readonly id: string
  readonly address: string | null
  readonly workload: DirectoryWorkload
}

/** What a deployer needs to start a deployment; the database's credentials it asks for when it needs them. */
export type DeploymentOrder = Pick<DirectoryDeployment, 'id' | 'service' | 'tenant'>

/**
 * Whoever runs deployments: the supervisor on a laptop, an operator of Kubernetes in a cluster.
 * `deploy` is idempotent: a deployment that already runs is left alone and told of.
 */
export interface Deployer {
  deploy(order: DeploymentOrder): Promise<RunningDeployment>
  /** All that runs now, with the workloads of the platform's own processes. */
  running(): Promise<{ workloads: DirectoryWorkload[]; deployments: RunningDeployment[] }>
}

/** The deployer on the other side of the channel that this process was started with. */
export function deployerOver(channel: ProcessChannel): Deployer {
  return {
    deploy: ({ id, service, tenant }) => channel.call('deploy', { id, service, tenant }),
    running: () => channel.call('running', {}),
  }
}
