/**
 * Work that no request began: jobs by the clock, scripts, workers of a queue.
 * @module
 */
import { requireTenantId, runInScope, type TenantContext } from '@tenantry/context'
import { requireRuntime } from './runtime.ts'

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
  return runInScope(await beginWork(tenant, reason), work, requireRuntime().keeper)
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

async function beginWork(tenant: string, reason: string): Promise<TenantContext> {
  return requireRuntime().work.begin(requireTenantId(tenant), reason)
}
