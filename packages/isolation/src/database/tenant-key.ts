import { createHmac, hash } from 'node:crypto'

/** What lets a service sign leases for one tenant, as one role, in one database, until it expires. */
export interface TenantKey {
  readonly tenant: string
  /** The database role; the database compares it with `session_user`. */
  readonly role: string
  readonly database: string
  /** Which of the database's keys it was derived from. */
  readonly kid: number
  /** Milliseconds since 1970; leases signed with it expire then too. */
  readonly expiresAtMs: number
  /** 32 bytes. */
  readonly key: Buffer
}

/** One of a database's signing keys. Only the token service derives it and the database's locked table holds it. */
export interface DatabaseKey {
  /** 1 to 255. */
  readonly kid: number
  /** 32 bytes. */
  readonly key: Buffer
}

const postgresEpochMs = 946_684_800_000

/** Derives a database's signing key from the master key, which only the token service holds. */
export function deriveDatabaseKey(master: Buffer, database: string, kid: number): Buffer {
  const label = Buffer.from(`tenantry database key\0${database}\0`)
  return hmac(master, Buffer.concat([label, Buffer.from([kid])]))
}

/** Derives the tenant key for one role, tenant and expiry from a database's signing key. */
export function deriveTenantKey(
  databaseKey: Buffer,
  claims: { role: string; tenant: string; kid: number; expiresAtMs: number },
): Buffer {
  // Names have no zero byte: the last one parts the role from what the lease claims.
  return hmac(databaseKey, Buffer.concat([encodeClaims(claims), Buffer.from(`\0${claims.role}`)]))
}

/**
 * Signs the lease that lets one connection act for the key's tenant: `hex(mac32 | expiry8 | kid1 | tenant)`.
 * It is bound to the backend `processId`, so that it is void on every other connection.
 */
export function signLease(key: TenantKey, processId: number): string {
  // One block of fixed length under a secret prefix: there is nothing for a length extension to extend.
  const block = Buffer.allocUnsafe(36)
  block.set(key.key)
  block.writeInt32BE(processId, 32)
  return hash('sha256', block, 'hex') + claimsOf(key)
}

const knownClaims = new WeakMap<TenantKey, string>()

// The same for every connection and statement, as long as the key is in use.
function claimsOf(key: TenantKey): string {
  const known = knownClaims.get(key)
  if (known !== undefined) return known
  const claims = encodeClaims(key).toString('hex')
  knownClaims.set(key, claims)
  return claims
}

// The time in PostgreSQL's own binary form, microseconds since 2000, so that the check parses no text. It compares bytes:
// a time before 2000 would come after all others.
function encodeClaims({
  expiresAtMs,
  kid,
  tenant,
}: Pick<TenantKey, 'expiresAtMs' | 'kid' | 'tenant'>): Buffer {
  const bytes = Buffer.allocUnsafe(9 + Buffer.byteLength(tenant))
  bytes.writeBigInt64BE(BigInt(Math.max(0, expiresAtMs - postgresEpochMs) * 1_000))
  bytes[8] = kid
  bytes.write(tenant, 9)
  return bytes
}

function hmac(key: Buffer, message: Buffer): Buffer {
  return createHmac('sha256', key).update(message).digest()
}
