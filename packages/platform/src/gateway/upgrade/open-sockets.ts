import type { Directory, DirectoryDeployment } from '@tenantry/routing'

/** Why the gateway closed a socket that neither side did. */
export type CloseReason = 'suspended' | 'revoked' | 'moved' | 'old' | 'idle' | 'stopping'

/** What is told of a socket that has closed. */
export interface SocketEnd {
  /** Absent where one of the two sides closed it. */
  readonly reason: CloseReason | undefined
  readonly durationMs: number
  /** What the caller sent, and was sent. */
  readonly bytesIn: number
  readonly bytesOut: number
}

/** A socket that is open between a caller and a deployment. */
export interface OpenSocket {
  readonly tenant: string
  /** The id of the API key that opened it. */
  readonly apiKey: string | undefined
  readonly service: string
  readonly deployment: Pick<DirectoryDeployment, 'id'>
  readonly openedAtMs: number
  /** Closes it on both sides. */
  close(why: CloseReason): void
}

const sweepMs = 1_000
/** As long as the token service replaces tokens of one transaction: a service can do nothing for an older socket. */
const ageMaxMs = 60 * 60 * 1000

/**
 * The sockets that are open. Every second each is held against the directory: those of a tenant that is not served any more, or is
 * served elsewhere, and those of an API key that is good no longer are closed, and so are those that have been open for an hour.
 */
export class OpenSockets {
  readonly #directory: Directory
  readonly #sockets = new Set<OpenSocket>()
  #sweeping: NodeJS.Timeout | undefined

  constructor(directory: Directory) {
    this.#directory = directory
  }

  /** How many are open. */
  get size(): number {
    return this.#sockets.size
  }

  add(socket: OpenSocket): void {
    this.#sockets.add(socket)
    this.#sweeping ??= setInterval(() => this.#sweep(), sweepMs).unref()
  }

  delete(socket: OpenSocket): void {
    this.#sockets.delete(socket)
    if (this.#sockets.size > 0) return
    clearInterval(this.#sweeping)
    this.#sweeping = undefined
  }

  /** Closes all that are open. */
  closeAll(why: CloseReason): void {
    for (const socket of this.#sockets) socket.close(why)
  }

  // INVARIANT: stop means stop. A socket does not outlast what would refuse it now by more than a second.
  #sweep(): void {
    for (const socket of this.#sockets) {
      const why = this.#whyToClose(socket)
      if (why) socket.close(why)
    }
  }

  #whyToClose({ tenant, apiKey, service, deployment, openedAtMs }: OpenSocket): CloseReason | undefined {
    if (this.#directory.tenants.get(tenant)?.status !== 'active') return 'suspended'
    if (apiKey !== undefined && !this.#directory.liveApiKey(apiKey)) return 'revoked'
    if (this.#directory.deploymentFor(tenant, service)?.id !== deployment.id) return 'moved'
    return performance.now() - openedAtMs > ageMaxMs ? 'old' : undefined
  }
}
