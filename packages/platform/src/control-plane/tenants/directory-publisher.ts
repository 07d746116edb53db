import { Directory, type DirectoryMessage, type DirectoryWorkload } from '@tenantry/routing'

type Follower = (message: DirectoryMessage) => void

/** The directory as the control plane holds it, told to everyone who follows. */
export class DirectoryPublisher {
  readonly directory = new Directory()
  readonly #followers = new Set<Follower>()

  /** Takes a change in and tells it to every follower that may know it. */
  publish(message: DirectoryMessage): void {
    this.directory.apply(message)
    for (const follower of this.#followers) follower(message)
  }

  /** Tells `follower` all that is known and then each change, as far as its kind may know; returns how to stop. */
  follow(kind: DirectoryWorkload['kind'], follower: Follower): () => void {
    const tell: Follower = (message) => {
      const visible = visibleTo(kind, message)
      if (visible) follower(visible)
    }
    tell(this.#snapshot())
    this.#followers.add(tell)
    return () => this.#followers.delete(tell)
  }

  #snapshot(): DirectoryMessage {
    const { tenants, deployments, workloads, databases, apiKeys } = this.directory
    return {
      type: 'snapshot',
      tenants: [...tenants.values()],
      deployments: [...deployments.values()],
      workloads: [...workloads.values()],
      databases: [...databases.values()],
      apiKeys: [...apiKeys.values()],
    }
  }
}

type Subject = 'tenant' | 'deployment' | 'workload' | 'database' | 'api-key'

// Least privilege: each process of the platform is told what its work needs, and a service nothing at all.
const subjects: Record<DirectoryWorkload['kind'], readonly Subject[]> = {
  'token-service': ['tenant', 'deployment', 'workload', 'api-key'],
  gateway: ['tenant', 'deployment', 'api-key'],
  relay: ['tenant', 'deployment', 'database'],
  'identity-provider': ['tenant'],
  'control-plane': [],
  service: [],
}

/** True when workloads of this kind may follow the directory at all. */
export function mayFollow(kind: DirectoryWorkload['kind']): boolean {
  return subjects[kind].length > 0
}

function visibleTo(kind: DirectoryWorkload['kind'], message: DirectoryMessage): DirectoryMessage | undefined {
  const visible = subjects[kind]
  if (message.type === 'heartbeat') return message
  if (message.type === 'api-key-revoked') return visible.includes('api-key') ? message : undefined
  if (message.type !== 'snapshot') return visible.includes(message.type) ? message : undefined
  return {
    type: 'snapshot',
    tenants: visible.includes('tenant') ? message.tenants : [],
    deployments: visible.includes('deployment') ? message.deployments : [],
    workloads: visible.includes('workload') ? message.workloads : [],
    databases: visible.includes('database') ? message.databases : [],
    ...(visible.includes('api-key') && message.apiKeys && { apiKeys: message.apiKeys }),
  }
}
