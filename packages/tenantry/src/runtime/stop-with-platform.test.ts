import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import type { Writable } from 'node:stream'
import { after, test } from 'node:test'
import { TestPlatform } from '../../test/test-platform.ts'

const platform = await TestPlatform.start()
const entry = `${import.meta.dirname}/../../test/service-main.ts`
const stopMaxMs = 2_000
const children: ChildProcess[] = []
after(() => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  platform.stop()
})

/** A service as the supervisor starts it: its document on descriptor 3, and a channel. */
async function startService(): Promise<{ child: ChildProcess; origin: string; told: string[] }> {
  const child = spawn(process.execPath, [entry], {
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

/** Milliseconds from `stop` to the end of the process, while a request is open. */
async function timeToEnd(stop: (child: ChildProcess) => void): Promise<{ ms: number; code: number }> {
  const { child, origin } = await startService()
  const call = request(`${origin}/held`, {
    headers: { ...platform.caller(), 'txn-token': platform.token('tenant-a') },
  })
  call.on('error', () => undefined).end()
  await once(child, 'message')
  const startedAt = performance.now()
  stop(child)
  const [code] = await once(child, 'exit')
  return { ms: performance.now() - startedAt, code }
}

test('a service says once that it is ready, after it listens', async () => {
  const { child, told } = await startService()
  assert.deepEqual(told, ['ready', 'listening'])
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('SIGTERM ends a service within 2 s, also with a request open', async () => {
  const { ms, code } = await timeToEnd((child) => child.kill('SIGTERM'))
  assert.equal(code, 0)
  assert.ok(ms <= stopMaxMs, `${ms} ms`)
})

test('a service whose platform is gone ends within 2 s', async () => {
  const { ms, code } = await timeToEnd((child) => child.disconnect())
  assert.equal(code, 0)
  assert.ok(ms <= stopMaxMs, `${ms} ms`)
})

test('a service whose place another copy has taken goes on with what is open for as long as it is given, and no longer', async () => {
  const { ms, code } = await timeToEnd((child) => child.send({ type: 'retire', drainMs: 3_000 }))
  assert.equal(code, 0)
  assert.ok(ms > 2_500 && ms < 4_500, `${ms} ms`)
})

test('SIGTERM ends one that retires within 2 s', async () => {
  const { ms } = await timeToEnd((child) => {
    child.send({ type: 'retire', drainMs: 60_000 })
    setTimeout(() => child.kill('SIGTERM'), 200)
  })
  assert.ok(ms <= stopMaxMs + 200, `${ms} ms`)
})
