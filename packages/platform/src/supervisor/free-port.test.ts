import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { findFreePort, requireFreePort } from './free-port.ts'

test('a free port is one that can be listened on, and that no system gives away by itself', async () => {
  for (let found = 0; found < 20; found++) {
    const port = await findFreePort()
    assert.ok(port >= 20_000 && port < 30_000, String(port))
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
  }
})

test('a port on which something listens is refused, with the flag and the variable that choose another', async () => {
  const port = await findFreePort()
  await requireFreePort(port, '--port', 'PORT')
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  await assert.rejects(requireFreePort(port, '--port', 'PORT'), {
    code: 'PORT_IN_USE',
    help: 'stop what listens there, or choose another with `--port` or `PORT`',
  })
  server.close()
})

test('a port that cannot be had for another reason is refused with the reason', async () => {
  await assert.rejects(requireFreePort(70_000, '--port', 'PORT'), {
    code: 'PORT_REFUSED',
    message: /port 70000 cannot be had: .*65536/,
  })
})
