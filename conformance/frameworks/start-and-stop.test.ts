import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { after, test } from 'node:test'
import { Agent, request } from 'undici'
import { findFreePort } from '../../packages/platform/src/supervisor/free-port.ts'
import { createNoteDatabase } from '../../packages/tenantry/test/note-database.ts'
import { TestPlatform } from '../../packages/tenantry/test/test-platform.ts'

const root = resolve(import.meta.dirname, '../..')
const stopMaxMs = 2_000
const database = await createNoteDatabase()
const platform = await TestPlatform.start(database.address)
await database.install(platform.master)
const agent = new Agent()
const children: ChildProcess[] = []
after(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  await agent.destroy()
  await database.remove()
  platform.stop()
})

/** What the guide leaves to the reader: Nest's module, without the decorators that only a compiler knows. */
const before: Record<string, string> = {
  NestJS: `
    import 'reflect-metadata'
    import { Controller, Get, Inject, Module } from '@nestjs/common'
    class NotesController {
      db
      constructor(db) { this.db = db }
      async notes() { return (await this.db.query('select * from notes')).rows }
    }
    Inject(Pool)(NotesController, undefined, 0)
    Get('notes')(NotesController.prototype, 'notes', Object.getOwnPropertyDescriptor(NotesController.prototype, 'notes'))
    Controller()(NotesController)
    class NotesModule {}
    Module({ controllers: [NotesController], providers: [{ provide: Pool, useFactory: () => new Pool() }] })(NotesModule)
  `,
}

const guide = readFileSync(`${root}/docs/guides/frameworks.md`, 'utf8')
for (const host of ['Express', 'Fastify', 'Hono', 'NestJS', 'node:http']) {
  test(`the guide’s service on ${host} says that it is ready, answers, and ends within 2 s of SIGTERM`, async () => {
    const { child, port } = await startService(`${before[host] ?? ''}\n${programOf(host)}`)
    const ask = async (headers: Record<string, string>) => {
      const answer = await request(`http://127.0.0.1:${port}/notes`, { dispatcher: agent, headers })
      return { status: answer.statusCode, body: await answer.body.json() }
    }
    assert.deepEqual(await ask({ ...platform.caller(), 'txn-token': platform.token('tenant-a') }), {
      status: 200,
      body: [],
    })
    assert.equal((await ask({})).status, 401)

    // A request whose head does not end is open when the service is stopped.
    const open = connect(port, '127.0.0.1').on('error', () => undefined)
    await once(open, 'connect')
    open.write('GET /notes HTTP/1.1\r\n')
    const startedAtMs = performance.now()
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [0, null])
    const ms = performance.now() - startedAtMs
    assert.ok(ms <= stopMaxMs, `${ms} ms`)
  })
}

function programOf(host: string): string {
  const program = guide.split(`\n## ${host}\n`)[1]?.match(/```ts\n([\s\S]*?)```/)?.[1]
  assert.ok(program, `the guide has no program for ${host}`)
  return program
}

/** A service as the supervisor starts it: its document on descriptor 3, its port in the environment, and a channel. */
async function startService(program: string): Promise<{ child: ChildProcess; port: number }> {
  const port = await findFreePort()
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'ipc'],
  })
  children.push(child)
  const descriptor = child.stdio[3] as Writable
  descriptor.end(JSON.stringify(platform.document()))
  assert.deepEqual(await once(child, 'message', { signal: AbortSignal.timeout(30_000) }), [
    { type: 'ready' },
    undefined,
  ])
  return { child, port }
}
