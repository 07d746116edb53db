import { AsyncLocalStorage } from 'node:async_hooks'
import { TenantryError } from './errors.ts'
import type { TenantContext } from './tenant-context.ts'
import { continueTrace, type TraceContext } from './trace-context.ts'

/** The stretch of code that runs for one tenant context, until it is closed. */
export class Scope {
  readonly context: TenantContext
  #trace: TraceContext | undefined
  #open = true

  /** `caller` is where in a trace the work was asked for; without it the work begins a trace of its own. */
  constructor(context: TenantContext, caller?: TraceContext) {
    this.context = context
    this.#trace = caller && continueTrace(caller)
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
    return storage.run(this, work)
  }

  /** Ends the scope's right to anything new: keys and tokens are no longer renewed. What it holds serves until it expires. */
  close(): void {
    this.#open = false
  }
}

const storage = new AsyncLocalStorage<Scope>()

/** Opens a scope for `context`, runs `work` in it, and closes it when `work` has settled. */
export async function runInScope<T>(context: TenantContext, work: () => T | Promise<T>): Promise<T> {
  const scope = new Scope(context)
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
