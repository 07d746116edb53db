import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import { TenantryError } from '@tenantry/context'

/** A text at rest, which nobody reads without the key: scrypt (RFC 7914) and AES-256-GCM (NIST SP 800-38D). */
export interface SealedText {
  readonly sealed: 'scrypt-aes-256-gcm'
  readonly salt: string
  readonly nonce: string
  readonly tag: string
  readonly text: string
}

// A quarter of a second, once at a start: what somebody who guesses pays for each guess.
const cost = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 }

/** Seals a text with a key that a person or a secret store gives; each time with another salt and nonce. */
export function sealText(text: string, key: string): SealedText {
  const [salt, nonce] = [randomBytes(16), randomBytes(12)]
  const cipher = createCipheriv('aes-256-gcm', scryptSync(key, salt, 32, cost), nonce)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return {
    sealed: 'scrypt-aes-256-gcm',
    salt: salt.toString('base64url'),
    nonce: nonce.toString('base64url'),
    tag: cipher.getAuthTag().toString('base64url'),
    text: sealed.toString('base64url'),
  }
}

/** Opens what was sealed with this key. Throws `STATE_KEY_WRONG` for any other key, and for what was changed since. */
export function openText({ salt, nonce, tag, text }: SealedText, key: string): string {
  const bytes = (part: string) => Buffer.from(part, 'base64url')
  try {
    const secret = scryptSync(key, bytes(salt), 32, cost)
    const decipher = createDecipheriv('aes-256-gcm', secret, bytes(nonce), { authTagLength: 16 })
    decipher.setAuthTag(bytes(tag))
    return Buffer.concat([decipher.update(bytes(text)), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new TenantryError('STATE_KEY_WRONG', 'the secrets at rest cannot be opened with this key', {
      help: 'give the key that they were sealed with in `TENANTRY_STATE_KEY`; without it they are lost',
      cause,
    })
  }
}

/** True for what `sealText` returned, read back from JSON. */
export function isSealed(value: unknown): value is SealedText {
  return (value as Partial<SealedText> | null)?.sealed === 'scrypt-aes-256-gcm'
}
