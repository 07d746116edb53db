import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAccessLog } from './access-log.ts'

const line = {
  request_id: 'r1',
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  tenant: 'tenant-a',
  tier: 'basic',
  service: 'order',
  deployment: 'order.pool',
  method: 'GET',
  route: '/orders/:id',
  status: 200,
  ms: 1.5,
}

test('lines are written together, soon, each as JSON with its time', async () => {
  const written: string[] = []
  const log = createAccessLog((text) => written.push(text))
  log.write(line)
  log.write({ ...line, request_id: undefined, tenant: undefined, status: 401 })
  assert.deepEqual(written, [])
  // The test’s own timer keeps the process: that of the log does not.
  for (let waitedMs = 0; written.length === 0 && waitedMs < 2_000; waitedMs += 20) await sleep(20)
  const [first, second] = String(written)
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text))
  assert.equal(written.length, 1)
  assert.deepEqual({ ...first, time: '' }, { time: '', ...line })
  assert.ok(Math.abs(Date.parse(first.time) - Date.now()) < 10_000)
  assert.deepEqual([second.status, 'tenant' in second], [401, false])
})

test('many lines do not wait', () => {
  const written: string[] = []
  const log = createAccessLog((text) => written.push(text))
  for (let at = 0; at < 1_000; at++) log.write(line)
  assert.equal(written.join('').split('\n').length, 1_001)
})
