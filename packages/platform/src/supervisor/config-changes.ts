import { isTenantryError, TenantryError } from '@tenantry/context'
import { findDifferences, needsRestart, type TenantryConfig } from '@tenantry/routing'
import { applyBusy } from '../control-plane/apply/change-gate.ts'
import type { RolloutReport } from '../control-plane/apply/rollout-report.ts'
import { canSharePorts } from '../process/share-port.ts'
import type { Rollout } from './rollout.ts'

/** What changes of the configuration are made with. */
export interface ConfigChangesParts {
  /** What the system was started with. */
  readonly config: TenantryConfig
  /** Makes what makes a configuration hold; throws what that one misses, before anything is changed. */
  readonly prepare: (next: TenantryConfig) => Rollout
}

/** The configuration in force, and what puts another in its place: one after the other. */
export class ConfigChanges {
  readonly #prepare: ConfigChangesParts['prepare']
  #inForce: TenantryConfig
  #last: Rollout | undefined

  constructor({ config, prepare }: ConfigChangesParts) {
    this.#inForce = config
    this.#prepare = prepare
  }

  /** How the last change went, or goes. */
  get report(): RolloutReport | null {
    return this.#last?.report ?? null
  }

  /**
   * Begins to make another configuration hold. Throws, before anything is changed, `APPLY_BUSY` while one is on its way, `APPLY_NEEDS_RESTART`
   * with the paths that a running system cannot take in, and what else is missing for it (409).
   */
  begin(next: TenantryConfig): RolloutReport {
    if (this.report?.state === 'running') throw applyBusy()
    const paths = findDifferences(plain(this.#inForce), plain(next)).filter(needsRestart)
    if (paths.length > 0) throw restartNeeded(paths.map(({ path }) => `\`${path}\``).join(', '))
    if (!canSharePorts) throw restartNeeded('what processes that cannot share a port are started with')
    const rollout = this.#prepareOrRefuse(next)
    this.#last = rollout
    void rollout.run({ former: this.#inForce, next }).then((holds) => {
      this.#inForce = holds
    })
    return rollout.report
  }

  #prepareOrRefuse(next: TenantryConfig): Rollout {
    try {
      return this.#prepare(next)
    } catch (error) {
      if (!isTenantryError(error)) throw error
      const { code, message, help } = error
      throw new TenantryError(code, message, { status: 409, help, cause: error })
    }
  }
}

// As files and messages have it: JSON has no `undefined`.
function plain(config: TenantryConfig): unknown {
  return JSON.parse(JSON.stringify(config))
}

function restartNeeded(what: string): TenantryError {
  return new TenantryError('APPLY_NEEDS_RESTART', `${what} cannot change while the system runs`, {
    status: 409,
    help: 'stop the system and run `npm start`, which reads the file; or put the setting back, and apply the rest',
  })
}
