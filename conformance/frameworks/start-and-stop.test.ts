import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import type { Writable } from 'node:stream'
import { after, test } from 'node:test'
import { TestPlatform } from '../../packages/tenantry/test/test-platform.ts'
import { hosts } from './hosts.ts'

const platform = await TestPlatform.start()
const entry = `${import.meta.dirname}/service-main.ts`
const stopMaxMs = 2_000
const children: ChildProcess[] = []
after(() => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  platform.stop()
})

/** A service as the supervisor starts it: its document on descriptor 3, and a channel. */
async function startService(host: string): Promise<{ child: ChildProcess; origin: string; told: string[] }> {
  const child = spawn(process.execPath, [entry, host], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'ipc'],
  })
  children.push(child)
  const told: string[] = []
  const { promise, resolve } = Promise.withResolvers<string>()
  child.on('message', ({ type, origin }: { type: string; origin?: string }) => {
    told.push(type)
    if (origin) resolve(origin)
  })
  const descriptor = child.stdio[3] as Writable
  descriptor.end(JSON.stringify(platform.document()))
  return { child, origin: await promise, told }
}

for (const { name } of hosts) {
  test(`${name}: a service says once that it is ready, and SIGTERM ends it within 2 s with a request open`, async () => {
    const { child, origin, told } = await startService(name)
    assert.deepEqual(told, ['ready', 'listening'])
    const call = request(`${origin}/held`, { headers: { 'txn-token': platform.token('tenant-a') } })
    call.on('error', () => undefined).end()
    await once(child, 'message')
    const startedAtMs = performance.now()
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [0, null])
    const ms = performance.now() - startedAtMs
    assert.ok(ms <= stopMaxMs, `${ms} ms`)
  })
}
