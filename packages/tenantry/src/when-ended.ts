import type { IncomingMessage, ServerResponse } from 'node:http'

const openOn = new WeakMap<object, Set<() => void>>()

/** Calls `end` once: when the answer ended, or when the caller went away. */
export function whenEnded(request: IncomingMessage, response: ServerResponse, end: () => void): void {
  const { socket } = request
  let open = openOn.get(socket)
  if (!open) {
    const ends = new Set<() => void>()
    open = ends
    openOn.set(socket, ends)
    // A pipelined request that waits for its turn has an answer without a socket: Node never closes that.
    socket.once('close', () => {
      for (const endOne of ends) endOne()
    })
  }
  const ends = open
  const endOnce = () => {
    if (ends.delete(endOnce)) end()
  }
  ends.add(endOnce)
  response.once('close', endOnce)
}
