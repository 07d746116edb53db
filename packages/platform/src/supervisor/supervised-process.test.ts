import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { SupervisedProcess } from './supervised-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-test-'))
after(() => rmSync(folder, { recursive: true }))

function plan(name: string, code: string) {
  const entry = join(folder, `${name}.mjs`)
  writeFileSync(entry, code)
  return { id: name, entry, logFile: join(folder, `${name}.log`), document: () => ({ secret: 'a document' }) }
}

const ready = "process.send({ type: 'ready' }); process.on('disconnect', () => process.exit())\n"

test('a process reads its document from descriptor 3 and gets none of our environment', async () => {
  process.env.TENANTRY_TEST_SECRET = 'not for children'
  const code = `import { readFileSync } from 'node:fs'
    console.log(readFileSync(3, 'utf8'), JSON.stringify(process.env)); ${ready}`
  const child = new SupervisedProcess(plan('reader', code))
  await child.start()
  await child.stop(1_000)
  const log = readFileSync(join(folder, 'reader.log'), 'utf8')
  assert.match(log, /\{"secret":"a document"\}/)
  assert.doesNotMatch(log, /not for children/)
})

test('a killed process is started again', async () => {
  const ups: number[] = []
  let again = Promise.withResolvers<void>()
  const child = new SupervisedProcess({
    ...plan('killed', ready),
    onUp: () => {
      ups.push(child.pid ?? 0)
      again.resolve()
    },
  })
  await child.start()
  again = Promise.withResolvers()
  process.kill(ups[0] ?? 0, 'SIGKILL')
  await again.promise
  await child.stop(1_000)
  assert.equal(new Set(ups).size, 2)
})

test('a stopped process is not started again, also when it ignores the request', async () => {
  const child = new SupervisedProcess(
    plan('stubborn', `process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); ${ready}`),
  )
  await child.start()
  const { pid = 0 } = child
  await child.stop(100)
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('a process that cannot be made ready is an error that names its log', async () => {
  const child = new SupervisedProcess(plan('broken', 'process.exit(3)'))
  const started = child.start()
  setTimeout(() => child.stop(100), 300)
  await assert.rejects(started, { code: 'PROCESS_FAILED', message: '`broken` does not start' })
})

test('a process that says why it cannot start is an error of that name, at once', async () => {
  const [told, context] = [
    new URL('../process/or-tell-why.ts', import.meta.url),
    import.meta.resolve('@tenantry/context'),
  ]
  const code = `import { orTellWhy } from ${JSON.stringify(told)}
    import { TenantryError } from ${JSON.stringify(context)}
    await orTellWhy(async () => {
      throw new TenantryError('CONNECTIONS_EXHAUSTED', 'there are too few', { help: 'raise them', status: 409 })
    })`
  const child = new SupervisedProcess(plan('named', code))
  await assert.rejects(child.start(), {
    code: 'CONNECTIONS_EXHAUSTED',
    message: 'there are too few',
    help: 'raise them',
  })
})
