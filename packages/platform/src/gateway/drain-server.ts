import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

const idleMs = 250
const sweepMs = 100
const turnsMax = 50

/**
 * Takes no new connection, lets what is under way be answered, and settles when the last connection is closed. Each answer from now on
 * is the last of its connection and says so; one that is idle has 250 ms for a request that is on its way already. The server emits
 * `stopping` first, so that it can mark answers that have not begun.
 */
export async function drainServer(server: Server): Promise<void> {
  await takeWaiting(server)
  // Not `node:http`’s own `close`, which ends idle connections at once, and a request on its way there with them.
  const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve))
  server.emit('stopping')
  await Promise.race([closed, sleep(idleMs)])
  // In the turn after what has arrived was read: a connection with an unread request is no idle one.
  const sweep = setInterval(() => setImmediate(() => server.closeIdleConnections()), sweepMs)
  await closed
  clearInterval(sweep)
}

// Connections that the kernel has made and nobody took would be reset: they are taken until a turn brings none.
async function takeWaiting(server: Server): Promise<void> {
  let taken = true
  const take = () => {
    taken = true
  }
  server.on('connection', take)
  for (let turns = 0; taken && turns < turnsMax; turns++) {
    taken = false
    await turn()
  }
  server.off('connection', take)
}
