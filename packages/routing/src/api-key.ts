import { createHash, randomBytes } from 'node:crypto'

/** An API key as it is known without the key itself. */
export interface ApiKey {
  /** 12 hexadecimal digits, which say nothing of the key. */
  readonly id: string
  /** `hashApiKey` of it. 256 random bits need no salt and no slow hash: there is nothing to guess. */
  readonly hash: string
  readonly tenant: string
  readonly role: string | null
  /** Milliseconds since 1970; null for none. */
  readonly expiresAtMs: number | null
}

const form = /^tk_[\w-]{43}$/

/** A new key: 256 random bits behind the prefix that secret scanners look for. */
export function generateApiKey(): string {
  return `tk_${randomBytes(32).toString('base64url')}`
}

/** True for what has the form of a key, whether there is such a key or not. */
export function isApiKey(text: string): boolean {
  return form.test(text)
}

/** The SHA-256 of a key, in hexadecimal digits. A look-up by it takes a time that tells nothing of any key. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** The subject (`sub`) of what a key's bearer does. */
export function apiKeySubject(id: string): string {
  return `${subjectPrefix}${id}`
}

/** The id of the key whose bearer `subject` is; `undefined` for anyone else. */
export function readApiKeySubject(subject: string): string | undefined {
  return subject.startsWith(subjectPrefix) ? subject.slice(subjectPrefix.length) : undefined
}

const subjectPrefix = 'urn:tenantry:api-key:'
