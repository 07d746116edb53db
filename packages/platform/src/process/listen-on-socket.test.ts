import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { drainServer } from './drain-server.ts'
import { listenOnSocket } from './listen-on-socket.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-socket-'))
const path = join(folder, 'one.sock')
after(() => rmSync(folder, { recursive: true }))

const named = (name: string): Server =>
  createServer({ keepAliveTimeout: 0 }, (_, response) => response.end(name))

async function ask(agent: Agent | false): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<Parameters<typeof text>[0]>()
  const call = request({ socketPath: path, agent })
  call.on('response', resolve).on('error', reject).end()
  return text(await promise)
}

test('one takes the other’s place while it is asked: nothing is refused, and what the other closes is not the new one', async () => {
  const [first, second] = [named('first'), named('second')]
  await listenOnSocket(first, path)
  const agent = new Agent({ keepAlive: true })
  const answers: string[] = []
  let asking = true
  const users = Array.from({ length: 8 }, async (_, user) => {
    while (asking) answers.push(await ask(user % 2 === 0 && agent))
  })
  await sleep(50)
  await listenOnSocket(second, path)
  const drained = drainServer(first)
  await sleep(100)
  // Whoever comes from here on is answered by the new one.
  assert.equal(await ask(false), 'second')
  await drained
  await sleep(50)
  asking = false
  await Promise.all(users)
  assert.deepEqual(new Set(answers), new Set(['first', 'second']))
  assert.equal(answers.at(-1), 'second')
  assert.equal(await ask(false), 'second')
  agent.destroy()
  second.close()
})
