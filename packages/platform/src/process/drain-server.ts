import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

const idleMs = 500
const sweepMs = 100
const pauseMs = 5
const turnsMax = 1_000
const quietMs = 0.2

/**
 * Takes no new connection, lets what is under way be answered, and settles when the last connection is closed. Each answer from now on
 * is the last of its connection and says so; one that is idle has 500 ms for a request that is on its way already. The server emits
 * `stopping` first, so that it can mark answers that have not begun.
 */
export async function drainServer(server: Server): Promise<void> {
  await takeWaiting(server)
  // Not `node:http`’s own `close`, which ends idle connections at once, and a request on its way there with them.
  const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve))
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false
  })
  server.emit('stopping')
  await Promise.race([closed, sleep(idleMs)])
  // In the turn after what has arrived was read: a connection with an unread request is no idle one.
  const sweep = setInterval(() => setImmediate(() => server.closeIdleConnections()), sweepMs)
  await closed
  clearInterval(sweep)
}

// A connection that the kernel has made and nobody took is reset with the listener. So it is closed right after a turn that brought none and
// was so short that hardly one came since; the pause before leaves this process a fresh share of a busy processor.
async function takeWaiting(server: Server): Promise<void> {
  let taken = false
  const take = () => {
    taken = true
  }
  server.on('connection', take)
  await sleep(pauseMs)
  for (let turns = 0, quiet = false; !quiet && turns < turnsMax; turns++) {
    taken = false
    const turnedAtMs = performance.now()
    await turn()
    quiet = !taken && performance.now() - turnedAtMs < quietMs
  }
  server.off('connection', take)
}
