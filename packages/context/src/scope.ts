import { AsyncLocalStorage } from 'node:async_hooks'
import { TenantryError } from './errors.ts'
import type { TenantContext } from './tenant-context.ts'

/** Who is told of scopes, to give those that stay open another token before theirs ends. */
export interface ScopeKeeper {
  opened(scope: Scope): void
  closed(scope: Scope): void
}

/** The stretch of code that runs for one tenant context, until it is closed. */
export class Scope {
  readonly #keeper: ScopeKeeper | undefined
  #context: TenantContext
  #open = true

  constructor(context: TenantContext, keeper?: ScopeKeeper) {
    this.#context = context
    this.#keeper = keeper
    keeper?.opened(this)
  }

  get context(): TenantContext {
    return this.#context
  }

  /** False once the work ended: what is renewed while work is open is renewed no longer. */
  get open(): boolean {
    return this.#open
  }

  /** Runs `work` in this scope, and every callback and promise that it starts, also those that outlive `close`. */
  run<T>(work: () => T): T {
    return storage.run(this, work)
  }

  /** Ends the scope's right to anything new: keys and tokens are no longer renewed. What it holds serves until it expires. */
  close(): void {
    this.#open = false
    this.#keeper?.closed(this)
  }

  /** Goes on with another token of the same transaction; throws `CONTEXT_OTHER` for any other context, or when it is closed. */
  replace(context: TenantContext): void {
    const { tenant, requestId, user, event } = this.#context
    const isSame =
      context.requestId === requestId &&
      context.tenant.id === tenant.id &&
      context.tenant.tier === tenant.tier &&
      context.user?.id === user?.id &&
      context.user?.role === user?.role &&
      context.event?.digest === event?.digest
    // INVARIANT: a scope is for one tenant context from its first line to its last.
    if (this.#open && isSame) this.#context = context
    else throw otherContext()
  }
}

function otherContext(): TenantryError {
  return new TenantryError('CONTEXT_OTHER', 'this is not the token of the work that goes on', {
    help: 'see that this deployment and the token service are of one release',
  })
}

const storage = new AsyncLocalStorage<Scope>()

/** Opens a scope for `context`, runs `work` in it, and closes it when `work` has settled. */
export async function runInScope<T>(
  context: TenantContext,
  work: () => T | Promise<T>,
  keeper?: ScopeKeeper,
): Promise<T> {
  const scope = new Scope(context, keeper)
  try {
    return await scope.run(work)
  } finally {
    scope.close()
  }
}

/**
 * Runs `work` outside any scope. What takes something new off a shared socket begins so: the socket's events may come
 * in the scope of an earlier request.
 */
export function leaveScope<T>(work: () => T): T {
  return storage.exit(work)
}

/** The scope that this code runs in, or `undefined` outside one. */
export function readScope(): Scope | undefined {
  return storage.getStore()
}

/** The tenant context of this code, or `undefined` outside a scope. */
export function readContext(): TenantContext | undefined {
  return storage.getStore()?.context
}

/** The scope that this code runs in; throws `CONTEXT_MISSING` outside one. */
export function requireScope(): Scope {
  const scope = storage.getStore()
  if (scope) return scope
  // INVARIANT: no context, no data. Whatever needs a tenant stops here, before it reaches the network.
  throw new TenantryError('CONTEXT_MISSING', 'there is no tenant context here', {
    help: 'run this inside a request or event handler, or inside `runInScope`',
  })
}

/** The tenant context of this code; throws `CONTEXT_MISSING` outside a scope. */
export function requireContext(): TenantContext {
  return requireScope().context
}
