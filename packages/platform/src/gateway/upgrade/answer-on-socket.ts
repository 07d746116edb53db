import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const lingerMs = 1_000

/**
 * The answer to a request for an upgrade, on the socket that Node handed over with it. Once it is whole the connection is closed: nothing
 * that came behind the request is ever read as another.
 */
export function answerOnSocket(request: IncomingMessage, socket: Socket): ServerResponse {
  // Node no longer listens for the socket's errors: one without a listener would end the process.
  socket.on('error', () => socket.destroy())
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => {
    response.detachSocket(socket)
    socket.end()
    // What is still sent is dropped for a second: to close on it would reset the connection, and the answer with it.
    socket.resume()
    const linger = setTimeout(() => socket.destroy(), lingerMs).unref()
    socket.once('close', () => clearTimeout(linger))
  })
  return response
}
