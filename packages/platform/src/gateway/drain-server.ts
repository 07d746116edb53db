import type { Server } from 'node:http'

const sweepMs = 20

/** Takes no new connection, lets what is under way be answered, and settles when the last connection is closed. */
export async function drainServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  // Node closes those that are idle now; one that falls idle later would be kept for its 5 s.
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs)
  await closed
  clearInterval(sweep)
}
