import { randomBytes } from 'node:crypto'
import { type LeaseKeyState, type LeaseKeyStep, TenantryError } from '@tenantry/context'

/** What all databases' lease keys are derived from. */
export interface LeaseMaster {
  readonly kid: number
  readonly key: Buffer
}

/** A master as it is kept while the token service does not run; 32 bytes in base64url. */
export interface KeptLeaseMaster {
  readonly kid: number
  readonly master: string
  readonly state?: LeaseKeyState['state']
  readonly madeAtMs?: number
  readonly endsAtMs?: number
}

type State = LeaseKeyState & LeaseMaster

const kidMax = 255
/** How long a tenant key lives at most, and the most by which two clocks may differ. */
const overlapMs = 75_000

/**
 * The masters of leases and how one follows another: the next one is made, signs once every database has its key, and
 * the old one goes when nothing that it signed lives. Each step is kept before it holds, so that a token service that
 * was killed goes on from there.
 */
export class LeaseMasters {
  readonly #keep: (masters: readonly KeptLeaseMaster[]) => Promise<void>
  readonly #overlapMs: number
  #states: readonly State[]
  #turn: Promise<unknown> = Promise.resolve()

  constructor(
    masters: readonly KeptLeaseMaster[],
    options: { keep?: (masters: readonly KeptLeaseMaster[]) => Promise<void>; overlapMs?: number } = {},
  ) {
    this.#keep = options.keep ?? (() => Promise.reject(notKept()))
    this.#overlapMs = options.overlapMs ?? overlapMs
    this.#states = masters.map(({ kid, master, state = 'signing', madeAtMs, endsAtMs }) => ({
      kid,
      key: Buffer.from(master, 'base64url'),
      state,
      madeAtMs: madeAtMs ?? null,
      endsAtMs: endsAtMs ?? null,
    }))
    if (this.#states.filter(({ state }) => state === 'signing').length !== 1) {
      throw new TenantryError('LEASE_KEYS_INVALID', 'of the lease masters, exactly one has to sign', {
        help: 'see `leaseMasters` of what the token service is started with',
      })
    }
  }

  /** The one that signs. */
  get current(): LeaseMaster {
    const signing = this.#states.find(({ state }) => state === 'signing')
    if (!signing) throw new Error('no master signs')
    return signing
  }

  /** Those whose keys every database has to have, and no others. */
  get live(): readonly LeaseMaster[] {
    return this.#states.filter(({ state }) => state !== 'removing')
  }

  /** What can be told of them. */
  get states(): LeaseKeyState[] {
    return this.#states.map(({ kid, state, madeAtMs, endsAtMs }) => ({ kid, state, madeAtMs, endsAtMs }))
  }

  /** Makes one step of a rotation; one that was made already changes nothing. Throws `LEASE_KEY_STEP` (409). */
  take(step: LeaseKeyStep): Promise<void> {
    const turn = this.#turn.then(async () => {
      const next = this.#after(step)
      if (next === this.#states) return
      // INVARIANT: nothing is signed, or believed, with a key that a restart would not know.
      await this.#keep(next.map(keptOf))
      this.#states = next
    })
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  #after(step: LeaseKeyStep): readonly State[] {
    const states = this.#states
    const has = (state: State['state']) => states.some((master) => master.state === state)
    switch (step) {
      case 'make':
        if (has('installing')) return states
        if (states.length > 1) throw notNext('the last rotation is not over')
        return [...states, newMaster((this.current.kid % kidMax) + 1)]
      case 'switch':
        if (!has('installing') && has('expiring')) return states
        if (!has('installing')) throw notNext('there is no new key')
        return states.map((master) =>
          master.state === 'installing'
            ? { ...master, state: 'signing' }
            : { ...master, state: 'expiring', endsAtMs: Date.now() + this.#overlapMs },
        )
      case 'release':
        if (states.some(({ state, endsAtMs }) => state === 'expiring' && (endsAtMs ?? 0) > Date.now()))
          throw notNext('what the old key signed may still be in use')
        if (!has('expiring')) return states
        return states.map((master) =>
          master.state === 'expiring' ? { ...master, state: 'removing' } : master,
        )
      case 'forget':
        return has('removing') ? states.filter(({ state }) => state !== 'removing') : states
    }
  }
}

function newMaster(kid: number): State {
  return { kid, key: randomBytes(32), state: 'installing', madeAtMs: Date.now(), endsAtMs: null }
}

function keptOf({ kid, key, state, madeAtMs, endsAtMs }: State): KeptLeaseMaster {
  return {
    kid,
    master: key.toString('base64url'),
    state,
    ...(madeAtMs === null ? {} : { madeAtMs }),
    ...(endsAtMs === null ? {} : { endsAtMs }),
  }
}

function notNext(why: string): TenantryError {
  return new TenantryError('LEASE_KEY_STEP', `this step of the rotation cannot be made: ${why}`, {
    status: 409,
    help: 'see the keys with `tenantry keys`',
  })
}

function notKept(): TenantryError {
  return new TenantryError('LEASE_KEYS_FIXED', 'this token service has nowhere to keep a new lease key', {
    status: 409,
    help: 'rotate where its `leaseMasters` come from, and start it again',
  })
}
