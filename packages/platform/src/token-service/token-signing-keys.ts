import type { JsonWebKey, KeyObject } from 'node:crypto'
import {
  generateSigningJwk,
  keyFinder,
  type PublicJwk,
  publicJwk,
  readSigningKey,
  type SigningKey,
  TenantryError,
  type TokenKeyState,
} from '@tenantry/context'

/** A signing key of transaction tokens as it is kept while the token service does not run. */
export interface KeptSigningKey {
  readonly jwk: JsonWebKey
  /** From when on it signs, in milliseconds since 1970; the one before signs until then. */
  readonly signsAtMs: number
}

/** Verifiers ask for keys every 30 s. */
const publishMs = 35_000
/** How long a token lives, and the most by which two clocks may differ. */
const overlapMs = 75_000

interface Key {
  readonly kept: KeptSigningKey
  readonly signing: SigningKey
  readonly published: PublicJwk
}

/**
 * The signing keys of transaction tokens, and how one follows another: the next one is published before it signs, and the old
 * one is while anything that it signed may live. What each does follows from the time alone, so that there is no step that a
 * crash could leave half done.
 */
export class TokenSigningKeys {
  readonly #keep: (keys: readonly KeptSigningKey[]) => Promise<void>
  readonly #now: () => number
  readonly #publishMs: number
  /** By when they sign. */
  #keys: readonly Key[]
  #find: (kid: string) => KeyObject | undefined

  constructor(
    keys: readonly KeptSigningKey[],
    options: {
      keep?: (keys: readonly KeptSigningKey[]) => Promise<void>
      now?: () => number
      publishMs?: number
    } = {},
  ) {
    this.#keep = options.keep ?? (() => Promise.reject(notKept()))
    this.#now = options.now ?? Date.now
    this.#publishMs = options.publishMs ?? publishMs
    this.#keys = keys.map(readKey).sort((a, b) => a.kept.signsAtMs - b.kept.signsAtMs)
    this.#find = this.#finder()
  }

  /** The one that signs now. Throws `TOKEN_KEYS_INVALID` when none does. */
  get current(): SigningKey {
    const nowMs = this.#now()
    const signing = this.#keys.findLast(({ kept }) => kept.signsAtMs <= nowMs)
    if (signing) return signing.signing
    throw new TenantryError('TOKEN_KEYS_INVALID', 'no key signs transaction tokens now', {
      help: 'see `signingKeys` of what the token service is started with, and the clock of this machine',
    })
  }

  /** The public keys of tokens that live, and of those to come. */
  get published(): PublicJwk[] {
    return this.#live.map(({ published }) => published)
  }

  /** What can be told of them. */
  get states(): TokenKeyState[] {
    const nowMs = this.#now()
    return this.#live.map((key, index, live) => {
      const { signsAtMs } = key.kept
      const next = live[index + 1]?.kept.signsAtMs
      const isOld = next !== undefined && next <= nowMs
      const state = signsAtMs > nowMs ? 'published' : isOld ? 'expiring' : 'signing'
      return { kid: key.published.kid, state, signsAtMs, endsAtMs: isOld ? next + overlapMs : null }
    })
  }

  /** The public key of this name, while anything that it signed may live. */
  find = (kid: string): KeyObject | undefined =>
    this.#live.some(({ published }) => published.kid === kid) ? this.#find(kid) : undefined

  /**
   * Makes the next key, which signs in 35 s. Rejects with `TOKEN_KEYS_ROTATING` (409) while the rotation before is not over, and
   * `TOKEN_KEYS_FIXED` (409) where keys cannot be kept.
   */
  async rotate(): Promise<void> {
    if (this.#live.length > 1) throw rotating()
    const next = readKey({ jwk: generateSigningJwk(), signsAtMs: this.#now() + this.#publishMs })
    const keys = [...this.#live, next]
    // INVARIANT: nothing is signed with a key that a restart would not know.
    await this.#keep(keys.map(({ kept }) => kept))
    this.#keys = keys
    this.#find = this.#finder()
  }

  get #live(): readonly Key[] {
    const nowMs = this.#now()
    return this.#keys.filter((_, index) => {
      const next = this.#keys[index + 1]?.kept.signsAtMs
      return next === undefined || next + overlapMs > nowMs
    })
  }

  #finder() {
    return keyFinder(this.#keys.map(({ published }) => published))
  }
}

function readKey(kept: KeptSigningKey): Key {
  return { kept, signing: readSigningKey(kept.jwk), published: publicJwk(kept.jwk) }
}

function rotating(): TenantryError {
  return new TenantryError('TOKEN_KEYS_ROTATING', 'the last rotation of token keys is not over', {
    status: 409,
    help: 'wait until only one key is left: `tenantry keys` shows them',
  })
}

function notKept(): TenantryError {
  return new TenantryError('TOKEN_KEYS_FIXED', 'this token service has nowhere to keep a new signing key', {
    status: 409,
    help: 'rotate where its `signingKeys` come from, and start it again',
  })
}
