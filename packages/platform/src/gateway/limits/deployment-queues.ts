import { type DirectoryDeployment, type FairPlace, FairQueue, type TenantryConfig } from '@tenantry/routing'

/** A request's place in the queue before a deployment. */
export interface Turn {
  readonly place: FairPlace
  /** Gives the place back; a second time it does nothing. */
  leave(): void
}

/** A fair queue before each deployment that is being asked something; those before idle ones are forgotten. */
export class DeploymentQueues {
  readonly #bounds: TenantryConfig['limits']['deployment']
  readonly #queues = new Map<string, FairQueue>()

  constructor(bounds: TenantryConfig['limits']['deployment']) {
    this.#bounds = bounds
  }

  /** How many deployments are being asked something. */
  get size(): number {
    return this.#queues.size
  }

  /** A place for a request of the tenant, or `undefined` when as many of its own wait as may. */
  enter(
    { id, tenant: owner }: Pick<DirectoryDeployment, 'id' | 'tenant'>,
    tenant: string,
    weight: number,
  ): Turn | undefined {
    const { inFlight, waiting } = this.#bounds
    const queue =
      this.#queues.get(id) ??
      new FairQueue({ inFlightMax: inFlight, waitingMax: waiting, shared: owner === null })
    const place = queue.enter(tenant, weight)
    if (!place) return undefined
    this.#queues.set(id, queue)
    return {
      place,
      leave: () => {
        queue.leave(place)
        if (queue.tenants === 0) this.#queues.delete(id)
      },
    }
  }
}
