import { createHmac, timingSafeEqual } from 'node:crypto'
import { isTenantId, requireContext, runInScope, TenantryError } from '@tenantry/context'
import { requireRuntime } from './runtime/require-runtime.ts'

/** How a job that comes off a queue is run. */
export interface JobOptions {
  /** How long ago it may have been signed, in milliseconds; 7 days. */
  readonly ageMaxMs?: number
}

interface JobClaims {
  readonly tenant: string
  /** When it was signed, in milliseconds since 1970. */
  readonly signedAtMs: number
  readonly data: unknown
}

const ageMaxDefaultMs = 7 * 24 * 3_600_000

/**
 * Signs a job for the tenant of this scope: a text to be put into any queue, for `runJob` in this deployment, now or after a
 * restart. `data` is whatever JSON can hold; it can be read by whoever reads the queue, and changed by nobody.
 * The service needs the grant `work` in tenantry.config.ts. Throws `CONTEXT_MISSING` outside a scope, `CONTEXT_CENTRAL` in central
 * work, `JOB_UNGRANTED` without the grant.
 */
export function signJob(data: unknown): string {
  const claims: JobClaims = { tenant: requireContext().tenant.id, signedAtMs: Date.now(), data }
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${payload}.${macOf(payload)}`
}

/**
 * Runs `work` with a job's data, in a scope of the tenant that it was signed for, as `runForTenant` does; each try anew, with the
 * job's mark as its reason on record. What `work` rejects with is the queue's to try again. A signature says who and what, not how
 * often: a queue may bring a job twice.
 * Rejects with `JOB_FORGED` for what this deployment did not sign, `JOB_EXPIRED` for what it signed too long ago, `JOB_UNGRANTED`
 * without the grant `work`, and as `runForTenant` does.
 */
export async function runJob<T>(
  job: string,
  work: (data: unknown) => T | Promise<T>,
  { ageMaxMs = ageMaxDefaultMs }: JobOptions = {},
): Promise<T> {
  const { tenant, signedAtMs, data } = verifyJob(job)
  if (Date.now() - signedAtMs > ageMaxMs) throw expired()
  const context = await requireRuntime().work.begin(tenant, `job ${job.slice(-43, -27)}`)
  return runInScope(context, () => work(data), { keeper: requireRuntime().keeper })
}

// INVARIANT: identity is signed or it is nothing. No field of a job is read before its signature was found good.
function verifyJob(job: unknown): JobClaims {
  const [, payload = '', mac = ''] = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/.exec(String(job)) ?? []
  if (!mac || !timingSafeEqual(Buffer.from(macOf(payload)), Buffer.from(mac))) throw forged()
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JobClaims
  // What another version signed otherwise is nothing to guess from.
  if (!isTenantId(claims.tenant) || typeof claims.signedAtMs !== 'number') throw forged()
  return claims
}

function macOf(payload: string): string {
  const { jobKey } = requireRuntime().document
  if (jobKey === undefined) throw ungranted()
  return createHmac('sha256', Buffer.from(jobKey, 'base64url')).update(payload).digest('base64url')
}

function forged(): TenantryError {
  return new TenantryError('JOB_FORGED', 'this deployment did not sign the job', {
    status: 403,
    help: 'put what `signJob` gave into the queue as it is, and run it in the deployment that signed it',
  })
}

function expired(): TenantryError {
  return new TenantryError('JOB_EXPIRED', 'the job was signed too long ago', {
    status: 403,
    help: 'let it go, or raise `ageMaxMs` of `runJob`',
  })
}

function ungranted(): TenantryError {
  return new TenantryError('JOB_UNGRANTED', 'this deployment has no key for jobs', {
    status: 403,
    help: 'grant the service `work` in tenantry.config.ts, and deploy it again',
  })
}
