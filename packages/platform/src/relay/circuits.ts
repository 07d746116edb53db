import { type Directory, type DirectoryDeployment, deploymentIdFor } from '@tenantry/routing'
import type { Logger } from 'pino'
import type { AwayDeployment } from './event-bus.ts'

/** What circuits work with. */
export interface CircuitParts {
  readonly directory: Directory
  readonly logger: Logger
  /** Called when a deployment may be tried again. */
  readonly onDue: () => void
}

/** A deployment that could not be reached at some time, as operators are told of it. */
export interface CircuitState {
  /** The deployment's id, such as `invoice.pool`: it tells nothing of a silo's tenant. */
  readonly deployment: string
  /** How often it could not be reached any more, since this relay started. */
  readonly opened: number
  /** Since when it cannot be; undefined when it can. */
  readonly awaySinceMs: number | undefined
}

const backoffMs = { first: 100, max: 2_000 }

interface OpenCircuit {
  readonly addresses: string
  readonly openedAtMs: number
  pauseMs: number
  dueAtMs: number
  probing: boolean
}

/**
 * Which deployments cannot be reached. Nothing is sent to one but a probe: one of its events, after 0.1 s and then after
 * twice as long each time, up to 2 s. One that moved to another address is another one, and is tried at once.
 */
export class Circuits {
  readonly #parts: CircuitParts
  readonly #open = new Map<string, OpenCircuit>()
  /** How often each opened. */
  readonly #opened = new Map<string, number>()

  constructor(parts: CircuitParts) {
    this.#parts = parts
  }

  /** The deployments whose events are to be left waiting at this moment. */
  away(): AwayDeployment[] {
    const all = [...this.#open.keys()].map((id) => this.#parts.directory.deployments.get(id))
    return all
      .filter((deployment) => deployment !== undefined)
      .filter((deployment) => {
        const circuit = this.#find(deployment)
        return circuit !== undefined && !isDue(circuit)
      })
      .map((deployment) => this.#describe(deployment))
  }

  /** True when an event may be sent to the deployment. Of one that could not be reached, that makes the event its probe. */
  admit(deployment: DirectoryDeployment): boolean {
    const circuit = this.#find(deployment)
    if (!circuit) return true
    if (!isDue(circuit)) return false
    circuit.probing = true
    return true
  }

  /**
   * To be told of each attempt; `undefined` when it ended before the deployment was called. Returns true when that makes
   * a deployment reachable.
   */
  note(deployment: DirectoryDeployment, reached: boolean | undefined): boolean {
    const circuit = this.#find(deployment)
    const { id } = deployment
    const { logger } = this.#parts
    if (reached) {
      if (!circuit) return false
      this.#open.delete(id)
      const awayMs = Date.now() - circuit.openedAtMs
      logger.info({ deployment: id, awayMs }, 'a deployment can be reached again')
      return true
    }
    if (reached === undefined) {
      if (circuit) circuit.probing = false
    } else if (!circuit) {
      logger.warn({ deployment: id }, 'a deployment cannot be reached; its events wait')
      this.#opened.set(id, (this.#opened.get(id) ?? 0) + 1)
      this.#pause(id, {
        addresses: deployment.addresses.join(),
        openedAtMs: Date.now(),
        pauseMs: backoffMs.first,
        dueAtMs: 0,
        probing: false,
      })
    } else if (circuit.probing) {
      circuit.pauseMs = Math.min(circuit.pauseMs * 2, backoffMs.max)
      this.#pause(id, circuit)
    }
    return false
  }

  /** Every deployment that could not be reached at some time, and is still there. */
  states(): CircuitState[] {
    const { deployments } = this.#parts.directory
    return [...this.#opened].flatMap(([id, opened]) => {
      const deployment = deployments.get(id)
      if (!deployment) return []
      return [{ deployment: id, opened, awaySinceMs: this.#find(deployment)?.openedAtMs }]
    })
  }

  #find(deployment: DirectoryDeployment): OpenCircuit | undefined {
    const circuit = this.#open.get(deployment.id)
    if (circuit?.addresses === deployment.addresses.join()) return circuit
    this.#open.delete(deployment.id)
    return undefined
  }

  #pause(id: string, circuit: OpenCircuit): void {
    circuit.probing = false
    circuit.dueAtMs = Date.now() + circuit.pauseMs
    this.#open.set(id, circuit)
    setTimeout(this.#parts.onDue, circuit.pauseMs + 1).unref()
  }

  #describe({ id, service, tenant }: DirectoryDeployment): AwayDeployment {
    if (tenant !== null) return { service, tenant, except: [] }
    const elsewhere = [...this.#parts.directory.tenants.values()].filter(
      (one) => deploymentIdFor(one, service) !== id,
    )
    return { service, tenant, except: elsewhere.map((one) => one.id) }
  }
}

function isDue({ probing, dueAtMs }: OpenCircuit): boolean {
  return !probing && Date.now() >= dueAtMs
}
