import type { EventEmitter } from 'node:events'
import { requireScope, type Scope } from '@tenantry/context'

/**
 * Makes every listener of `emitter` run in the scope that this was called in, whoever emits. Events of what is shared,
 * such as a socket kept alive or a queue, come in the context of whichever work made them happen.
 * Returns `emitter`. Throws `CONTEXT_MISSING` outside a scope.
 *
 * @example
 * const socket = keepInScope(webSocket)
 * socket.on('message', (text) => db.query('insert into notes (text) values ($1)', [text]))
 */
export function keepInScope<Emitter extends EventEmitter>(emitter: Emitter): Emitter {
  return keepIn(requireScope(), emitter)
}

/** The same for a scope that is at hand. */
export function keepIn<Emitter extends EventEmitter>(scope: Scope, emitter: Emitter): Emitter {
  const { emit } = emitter
  // This one object's own `emit`: the class that it shares with others stays as it is.
  emitter.emit = (...event) => scope.run(() => emit.apply(emitter, event))
  return emitter
}
