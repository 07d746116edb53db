/**
 * Work that no request began: jobs by the clock, scripts, workers of a queue.
 * @module
 */
import { requireTenantId, runAndClose, runInScope, type TenantContext } from '@tenantry/context'
import { requireRuntime } from './runtime/require-runtime.ts'

export { type JobOptions, runJob, signJob } from './job.ts'

/** Why work is done: it goes on record at the token service, with the tenant and the deployment. */
export interface WorkOptions {
  /** One line, 200 printable ASCII characters at most. */
  readonly reason?: string
}

/** How work for many tenants is done. */
export interface WorkForEachOptions extends WorkOptions {
  /** How many tenants are worked for at once; 4. */
  readonly concurrency?: number
  /** Told of each tenant when its work is over; `error` when it failed. */
  readonly onProgress?: (progress: WorkProgress) => void
}

/** One tenant's work that is over, and how far the whole is. */
export interface WorkProgress {
  readonly tenant: string
  readonly error: unknown
  readonly done: number
  readonly total: number
}

/** What became of work for many tenants. */
export interface WorkOutcome {
  readonly done: number
  readonly failed: readonly { readonly tenant: string; readonly error: unknown }[]
}

const unstated = 'not stated'

/**
 * Runs `work` in a scope of the tenant, with the service's own authority and no user, and closes it when `work` has settled.
 * The service needs the grant `work` in tenantry.config.ts, and the tenant has to be one that this deployment serves. It may
 * take an hour; then it loses its leases.
 * Rejects with `TENANT_ID_INVALID`, `EXCHANGE_REFUSED`, `TENANT_UNKNOWN`, `TENANT_SUSPENDED` (403), `ROUTING_MISDIRECTED` (421),
 * `TOKEN_SERVICE_DOWN` (503), or as `work` does.
 */
export async function runForTenant<T>(
  tenant: string,
  work: () => T | Promise<T>,
  { reason = unstated }: WorkOptions = {},
): Promise<T> {
  return runInScope(await beginWork(tenant, reason), work, { keeper: requireRuntime().keeper })
}

/**
 * Runs `work` for every active tenant that this deployment serves, each in a scope of its own as `runForTenant` does, some at
 * once. One tenant's failure stops no other's work: it is in the outcome. Rejects as the list of tenants is refused.
 */
export async function forEachTenant(
  work: (tenant: string) => unknown,
  { reason = unstated, concurrency = 4, onProgress }: WorkForEachOptions = {},
): Promise<WorkOutcome> {
  const tenants = await requireRuntime().work.tenants()
  const failed: { tenant: string; error: unknown }[] = []
  const waiting = tenants.values()
  let done = 0
  const takeTurns = async () => {
    for (const tenant of waiting) {
      const error = await runForTenant(tenant, () => work(tenant), { reason }).then(
        () => undefined,
        (cause: unknown) => {
          failed.push({ tenant, error: cause })
          return cause
        },
      )
      done++
      onProgress?.({ tenant, error, done, total: tenants.length })
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, takeTurns))
  return { done: done - failed.length, failed }
}

/**
 * Runs `work` as central work, which belongs to no tenant: inside, the pools of `tenantry/pg` read what this deployment's database
 * holds of every tenant, the suspended ones' included, and write nothing. `select tenantry_tenant, …` says whose a row is. The service
 * needs the grant `central` in tenantry.config.ts; the reason, one line of 200 printable ASCII characters at most, goes on record
 * before anything is read. Statements have to begin within 60 s. Inside, whatever needs a tenant fails with `CONTEXT_CENTRAL`:
 * calls to other services, `emit`, a cache; `runForTenant` is a tenant's again.
 * Rejects with `EXCHANGE_REFUSED` (403), `TOKEN_REQUEST_INVALID` (400), `TOKEN_SERVICE_DOWN` (503), or as `work` does.
 *
 * @example
 * await runCentral('monthly usage', async () => {
 *   const { rows } = await db.query('select tenantry_tenant as tenant, count(*) from orders group by 1')
 *   return rows
 * })
 */
export async function runCentral<T>(reason: string, work: () => T | Promise<T>): Promise<T> {
  return runAndClose(await requireRuntime().central.begin(reason), work)
}

async function beginWork(tenant: string, reason: string): Promise<TenantContext> {
  return requireRuntime().work.begin(requireTenantId(tenant), reason)
}
