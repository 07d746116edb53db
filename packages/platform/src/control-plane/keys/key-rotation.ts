import { setTimeout as sleep } from 'node:timers/promises'
import { type LeaseKeyState, TenantryError, type TokenServiceClient } from '@tenantry/context'
import type { Provisioner } from '../databases/provisioner.ts'
import { untilAvailable } from '../databases/until-available.ts'
import { inParallel } from '../scheduling/in-parallel.ts'
import { isMissing, type KeyedDatabase, type KeyStatus, readDatabaseKeys } from './key-status.ts'

/** What a rotation works with. */
export interface KeyRotationParts {
  readonly tokenService: Pick<TokenServiceClient, 'leaseKeys'>
  readonly provisioner: Pick<Provisioner, 'installKeys' | 'readKeyIds' | 'outlastTransactions'>
  /** Every database of the catalog, as it is now. */
  readonly databases: () => Promise<readonly KeyedDatabase[]>
  /** How long to wait before the removal of an old key is tried again; 5 s. */
  readonly retryMs?: number
  readonly onTrouble: (error: unknown) => void
}

const parallelMax = 4
const longestSleepMs = 1_000
const outlastMaxMs = 60_000

/**
 * Replaces the key of all leases while everything runs: the new key is in every database before one lease is signed
 * with it, and the old one in every database until the last lease that it signed is over. The token service keeps what
 * was done, so that a control plane that was killed at any step goes on from there (`resume`).
 */
export class KeyRotation {
  readonly #parts: KeyRotationParts
  readonly #stopping = new AbortController()
  #switching: Promise<void> | undefined
  #ending: Promise<void> | undefined

  constructor(parts: KeyRotationParts) {
    this.#parts = parts
  }

  /**
   * Begins a rotation, or goes on with one, and settles when the new key signs; the old one is removed later by itself.
   * Rejects with `KEYS_NOT_INSTALLED` (503) when a database does not take the new key: the old one goes on signing. With
   * `KEYS_ROTATING` (409) while an earlier rotation's old key is still in use.
   */
  async rotate(): Promise<KeyStatus> {
    const { tokenService } = this.#parts
    const keys = await untilAvailable(() => tokenService.leaseKeys())
    const old = keys.find(({ state }) => state === 'expiring' || state === 'removing')
    if (old) throw rotating(old)
    if (!this.#switching) await untilAvailable(() => tokenService.leaseKeys('make'))
    await this.#switch()
    return this.status()
  }

  /** Goes on with what a control plane that was killed left. Settles at once; trouble is told of. */
  async resume(): Promise<void> {
    const keys = await untilAvailable(() => this.#parts.tokenService.leaseKeys())
    if (keys.some(({ state }) => state === 'installing')) this.#switch().catch(this.#parts.onTrouble)
    else if (keys.length > 1) this.#end()
  }

  /** All keys, and which of them each database has. */
  async status(): Promise<KeyStatus> {
    const [keys, databases] = await Promise.all([
      untilAvailable(() => this.#parts.tokenService.leaseKeys()),
      this.#parts.databases(),
    ])
    const read = (database: KeyedDatabase) => readDatabaseKeys(this.#parts.provisioner, database, keys)
    return { keys, databases: await inParallel(databases, parallelMax, read) }
  }

  /** Leaves what is not over to the next start. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await Promise.allSettled([this.#switching, this.#ending])
  }

  #switch(): Promise<void> {
    this.#switching ??= this.#installAndSwitch().finally(() => {
      this.#switching = undefined
    })
    return this.#switching
  }

  async #installAndSwitch(): Promise<void> {
    const { provisioner, tokenService } = this.#parts
    await this.#inEveryDatabase((database) => provisioner.installKeys(database))
    const deadlineMs = Date.now() + outlastMaxMs
    await this.#inEveryDatabase((database) => provisioner.outlastTransactions(database, deadlineMs))
    await untilAvailable(() => tokenService.leaseKeys('switch'))
    this.#end()
  }

  #end(): void {
    this.#ending ??= this.#removeOldKey().finally(() => {
      this.#ending = undefined
    })
    this.#ending.catch(this.#parts.onTrouble)
  }

  async #removeOldKey(): Promise<void> {
    const { tokenService, provisioner, retryMs = 5_000, onTrouble } = this.#parts
    const { signal } = this.#stopping
    await this.#untilOldKeyIsOver()
    while (!signal.aborted) {
      try {
        await tokenService.leaseKeys('release')
        // What cannot be reached now keeps a key that nobody signs with: it is tried until it is gone.
        await this.#inEveryDatabase((database) => provisioner.installKeys(database))
        await tokenService.leaseKeys('forget')
        return
      } catch (error) {
        onTrouble(error)
        await sleep(retryMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  async #untilOldKeyIsOver(): Promise<void> {
    const { signal } = this.#stopping
    const keys = await untilAvailable(() => this.#parts.tokenService.leaseKeys())
    const endsAtMs = Math.max(0, ...keys.map((key) => (key.state === 'expiring' ? (key.endsAtMs ?? 0) : 0)))
    while (!signal.aborted && Date.now() <= endsAtMs) {
      const pauseMs = Math.min(endsAtMs - Date.now() + 1, longestSleepMs)
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async #inEveryDatabase(work: (database: string) => Promise<void>): Promise<void> {
    const failed: string[] = []
    const databases = await this.#parts.databases()
    await inParallel(databases, parallelMax, async ({ id, onboarding }) => {
      if (this.#stopping.signal.aborted) throw stopped()
      await work(id).catch((error: unknown) => {
        if (!(onboarding && isMissing(error))) failed.push(`${id} (${(error as Error).message})`)
      })
    })
    // INVARIANT: no lease is signed that a database could not verify.
    if (failed.length > 0) throw notInstalled(failed)
  }
}

function stopped(): TenantryError {
  return new TenantryError('CONTROL_PLANE_STOPPING', 'the control plane stops', {
    status: 503,
    help: 'the rotation goes on when it starts again',
  })
}

function rotating({ kid, endsAtMs }: LeaseKeyState): TenantryError {
  const until = endsAtMs && endsAtMs > Date.now() ? ` until ${new Date(endsAtMs).toISOString()}` : ''
  return new TenantryError('KEYS_ROTATING', `the key before, kid ${kid}, is still in the databases${until}`, {
    status: 409,
    help: 'rotate again when it is gone; `tenantry keys` shows how far it is',
  })
}

function notInstalled(failed: readonly string[]): TenantryError {
  return new TenantryError('KEYS_NOT_INSTALLED', `not every database took its keys: ${failed.join(', ')}`, {
    status: 503,
    help: 'leases go on as before; mend the databases named, then run `tenantry keys rotate` again: it goes on',
  })
}
