import type { EventEmitter } from 'node:events'
import { requireScope } from '@tenantry/context'
import type { RequestRun } from '../runtime/admission.ts'

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
  const scope = requireScope()
  return keepIn(scope.run.bind(scope), emitter)
}

/** The same, in what `run` runs. */
export function keepIn<Emitter extends EventEmitter>(run: RequestRun, emitter: Emitter): Emitter {
  const { emit } = emitter
  // This one object's own `emit`: the class that it shares with others stays as it is.
  emitter.emit = (...event) => run(() => emit.apply(emitter, event))
  return emitter
}
