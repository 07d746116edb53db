import { randomBytes } from 'node:crypto'
import { EncryptJWT, jwtDecrypt } from 'jose'

/** What one sign-in has to come back with, and nobody but this process reads. */
export interface SignInUnderWay {
  readonly state: string
  readonly nonce: string
  /** PKCE's secret (RFC 7636). */
  readonly verifier: string
}

/** How long a person may take at the issuer. */
export const signInMaxS = 600

/** Keeps what is under way with the browser that began it, encrypted (AES-256-GCM) with a key of this process: nothing piles up here. */
export class SignInSeal {
  readonly #key = randomBytes(32)

  seal(signIn: SignInUnderWay): Promise<string> {
    return new EncryptJWT({ ...signIn })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(`${signInMaxS}s`)
      .encrypt(this.#key)
  }

  /** `undefined` for what this process did not seal, or for what is over. */
  async open(sealed: string): Promise<SignInUnderWay | undefined> {
    const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] }
    const opened = await jwtDecrypt<SignInUnderWay>(sealed, this.#key, options).catch(() => undefined)
    return opened?.payload
  }
}
