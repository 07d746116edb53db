import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, test } from 'node:test'
import { ControlPlaneClient, type LiveSnapshot } from '@tenantry/platform'
import { followLive, type LiveState } from './follow-live.ts'

// What answers is a server of this test: it is cut off and comes back as a control plane does that is started again.
type Answer = (response: ServerResponse) => void
let answer: Answer
const server = createServer((_request, response) => answer(response))
const listen = async (port = 0) => {
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
const stop = async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
const port = await listen()
const client = new ControlPlaneClient({ url: `http://127.0.0.1:${port}`, adminToken: 'x' })
let ended = new AbortController()
afterEach(() => {
  ended.abort()
  ended = new AbortController()
})
after(stop)

const telling = (...seconds: number[]): Answer => {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('event: history\ndata: {"points":[]}\n\n')
    for (const atMs of seconds) response.write(`event: live\ndata: {"atMs":${atMs}}\n\n`)
  }
}
const refusing = (status: number, code: string): Answer => {
  return (response) => response.writeHead(status).end(JSON.stringify({ code, message: 'no', help: 'wait' }))
}
const follow = () => followLive((signal) => client.live(signal), ended.signal)
const next = async (states: AsyncIterator<LiveState, void>) =>
  (await states.next()).value ?? assert.fail('it ended')
const secondOf = ({ snapshot }: { snapshot?: LiveSnapshot | undefined }) => snapshot?.atMs

test('each second is told, and the history is passed over', async () => {
  answer = telling(1, 2)
  const states = follow()
  assert.deepEqual([secondOf(await next(states)), secondOf(await next(states))], [1, 2])
})

test('a control plane that goes is told away, with the last second, until it is there again', async () => {
  answer = telling(7)
  const states = follow()
  assert.deepEqual(await next(states), { snapshot: { atMs: 7 } })
  const goneAtMs = Date.now()
  await stop()
  for (let asked = 0; asked < 2; asked++) {
    const { snapshot, away } = await next(states)
    assert.equal(snapshot?.atMs, 7)
    assert.match(away?.why ?? '', /does not answer/)
    assert.ok(
      Math.abs((away?.sinceMs ?? 0) - goneAtMs) < 900,
      'it is the same time, however often it is asked',
    )
  }
  answer = telling(8)
  await listen(port)
  let state = await next(states)
  if (state.away) state = await next(states)
  assert.deepEqual(state, { snapshot: { atMs: 8 } })
})

test('one with too many readers is asked again, any other refusal is the end', async () => {
  answer = refusing(503, 'LIVE_FULL')
  const states = follow()
  assert.equal((await next(states)).away?.why, 'no')
  answer = telling(3)
  assert.equal(secondOf(await next(states)), 3)
  answer = refusing(401, 'OPERATOR_UNKNOWN')
  await assert.rejects(next(follow()), { code: 'OPERATOR_UNKNOWN' })
})

test('one that says nothing for 5 s is away, though its connection stands', async () => {
  answer = telling()
  const startedAtMs = performance.now()
  assert.match((await next(follow())).away?.why ?? '', /does not answer/)
  assert.ok(performance.now() - startedAtMs > 4_900)
})

test('it ends at once when it is ended, and closes its connection', async () => {
  let closed: Promise<unknown> = Promise.resolve()
  answer = (response) => {
    closed = once(response, 'close')
    telling(1)(response)
  }
  const states = follow()
  await next(states)
  const ending = states.next()
  ended.abort()
  assert.equal((await ending).done, true)
  await closed
})
