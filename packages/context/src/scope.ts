import { AsyncLocalStorage } from 'node:async_hooks'
import { TenantryError } from './errors.ts'
import type { TenantContext } from './tenant-context.ts'
import { continueTrace, type TraceContext } from './trace-context.ts'

/** Who is told of scopes, to give those that stay open another token before theirs ends. */
export interface ScopeKeeper {
  opened(scope: Scope): void
  closed(scope: Scope): void
}

/** What a scope is opened with besides its context. */
export interface ScopeOptions {
  readonly keeper?: ScopeKeeper | undefined
  /** Where in a trace the work was asked for; without it the work begins a trace of its own. */
  readonly caller?: TraceContext | undefined
}

/** The stretch of code that runs for one tenant context, until it is closed. */
export class Scope {
  readonly #keeper: ScopeKeeper | undefined
  #context: TenantContext
  #trace: TraceContext | undefined
  #open = true

  constructor(context: TenantContext, { keeper, caller }: ScopeOptions = {}) {
    this.#context = context
    this.#keeper = keeper
    this.#trace = caller && continueTrace(caller)
    keeper?.opened(this)
  }

  get context(): TenantContext {
    return this.#context
  }

  /** Where in a trace this work is. What it calls and emits has it as its parent. */
  get trace(): TraceContext {
    this.#trace ??= continueTrace(undefined)
    return this.#trace
  }

  /** False once the work ended: what is renewed while work is open is renewed no longer. */
  get open(): boolean {
    return this.#open
  }

  /** Runs `work` in this scope, and every callback and promise that it starts, also those that outlive `close`. */
  run<T>(work: () => T): T {
    onEntered?.(this)
    return storage.getStore() === this ? work() : storage.run(this, work)
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

/** Work that belongs to no tenant, such as a report over all of them, and that is on record. */
export interface CentralContext {
  /** Why it is done. */
  readonly reason: string
  /** The transaction (`txn`) that it is on record under. */
  readonly requestId: string
  /** When it may read no more, in milliseconds since 1970. */
  readonly expiresAtMs: number
}

/**
 * The stretch of code that runs for central work, until it is closed. It is no tenant's scope: `readScope` finds none in it, and
 * whatever needs a tenant fails there with `CONTEXT_CENTRAL`.
 */
export class CentralScope {
  readonly context: CentralContext
  #open = true

  constructor(context: CentralContext) {
    this.context = context
  }

  /** False once the work ended: it reads nothing any more. */
  get open(): boolean {
    return this.#open
  }

  /** Runs `work` in this scope, in place of any that it is called in. */
  run<T>(work: () => T): T {
    return storage.run(this, work)
  }

  close(): void {
    this.#open = false
  }
}

const storage = new AsyncLocalStorage<Scope | CentralScope>()

let onEntered: ((scope: Scope) => void) | undefined

/** Has `told` called whenever code begins to run in a tenant's scope: with a request, an event of its messages, or `run`. One is told. */
export function observeScopes(told: ((scope: Scope) => void) | undefined): void {
  onEntered = told
}

/** Opens a scope for `context`, runs `work` in it, and closes it when `work` has settled. */
export function runInScope<T>(
  context: TenantContext,
  work: () => T | Promise<T>,
  options?: ScopeOptions,
): Promise<T> {
  return runAndClose(new Scope(context, options), work)
}

/** Runs `work` in a scope, a tenant's or a central one, and closes it when `work` has settled. */
export async function runAndClose<T>(scope: Scope | CentralScope, work: () => T | Promise<T>): Promise<T> {
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

/** The tenant's scope that this code runs in, or `undefined` outside one and in central work. */
export function readScope(): Scope | undefined {
  const scope = storage.getStore()
  return scope instanceof Scope ? scope : undefined
}

/** The scope of central work that this code runs in, or `undefined`. */
export function readCentralScope(): CentralScope | undefined {
  const scope = storage.getStore()
  return scope instanceof CentralScope ? scope : undefined
}

/** The tenant context of this code, or `undefined` outside a scope and in central work. */
export function readContext(): TenantContext | undefined {
  return readScope()?.context
}

/** Throws `CONTEXT_CENTRAL` in central work. */
export function refuseCentral(): void {
  if (!readCentralScope()) return
  throw new TenantryError('CONTEXT_CENTRAL', 'this is central work, which belongs to no tenant', {
    help: 'central work reads the database and nothing else: what needs a tenant goes into `runForTenant` or `forEachTenant`',
  })
}

/** The tenant's scope that this code runs in; throws `CONTEXT_MISSING` outside one, `CONTEXT_CENTRAL` in central work. */
export function requireScope(): Scope {
  const scope = storage.getStore()
  if (scope instanceof Scope) return scope
  refuseCentral()
  // INVARIANT: no context, no data. Whatever needs a tenant stops here, before it reaches the network.
  throw new TenantryError('CONTEXT_MISSING', 'there is no tenant context here', {
    help: 'run this inside a request or event handler, or inside `runInScope`',
  })
}

/** The tenant context of this code; throws `CONTEXT_MISSING` outside a scope, `CONTEXT_CENTRAL` in central work. */
export function requireContext(): TenantContext {
  return requireScope().context
}
