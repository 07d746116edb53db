import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openProcessChannel } from './process-channel.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-test-'))
after(() => rmSync(folder, { recursive: true }))

function forkChild(methods: string) {
  const file = join(folder, `${Math.random()}.mjs`)
  writeFileSync(
    file,
    `import { openProcessChannel } from '${new URL('process-channel.ts', import.meta.url)}'
     const channel = openProcessChannel(process, ${methods})`,
  )
  return fork(file)
}

test('each end calls the other, also while it is being called', async () => {
  const child = forkChild(`{ double: async ({ n }) => (await channel.call('times', { n })) * 2 }`)
  const channel = openProcessChannel(child, { times: ({ n }: { n: number }) => n * 10 })
  assert.deepEqual(await Promise.all([1, 2, 3].map((n) => channel.call('double', { n }))), [20, 40, 60])
  child.disconnect()
  await once(child, 'exit')
})

test('an error arrives with its code; a method that is none is refused, also one every object has', async () => {
  const child = forkChild(`{ fail: () => { throw new Error('no') } }`)
  const channel = openProcessChannel(child, {})
  await assert.rejects(channel.call('fail', {}), { code: 'INTERNAL', message: 'no' })
  await assert.rejects(channel.call('toString', {}), { message: 'no method `toString`' })
  child.disconnect()
  await once(child, 'exit')
})

test('a call to an end that goes away is refused, and does not hang', async () => {
  const child = forkChild(`{ wait: () => new Promise(() => {}) }`)
  const channel = openProcessChannel(child, {})
  const waiting = channel.call('wait', {})
  child.kill('SIGKILL')
  await assert.rejects(waiting, { code: 'CHANNEL_CLOSED', status: 503 })
  await once(child, 'exit')
  await assert.rejects(channel.call('wait', {}), { code: 'CHANNEL_CLOSED', status: 503 })
})
