import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fleet } from './fleet.ts'
import { issueKey } from './issue-credential.ts'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-fleet-'))
const fleets: Fleet[] = []
afterEach(async () => {
  await Promise.all(fleets.splice(0).map((fleet) => fleet.stop(500)))
})
after(() => rmSync(folder, { recursive: true }))

const ready = `process.send({ type: 'ready' })
process.on('disconnect', () => process.exit())
`
/** Goes on until what it has to do is over. */
const retires = `${ready} process.on('message', ({ type }) => type === 'retire' && setTimeout(() => process.exit(), 300))`

const { workload } = issueKey({ id: 'gateway', kind: 'gateway' })

function planned(name: string, code: string, document: object = {}) {
  const entry = join(folder, `${name}.mjs`)
  writeFileSync(entry, code)
  return { workload, plan: { id: 'gateway', entry, logFile: join(folder, 'log'), document: () => document } }
}

async function start(one: ReturnType<typeof planned>): Promise<{ fleet: Fleet; pid: number }> {
  const fleet = new Fleet([one])
  fleets.push(fleet)
  await fleet.get('gateway')?.start()
  return { fleet, pid: fleet.get('gateway')?.pid ?? 0 }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('another takes the place of one that goes on until it is ready, and then has its time', async () => {
  const { fleet, pid } = await start(planned('first', retires))
  await fleet.replace(planned('second', ready), { drainMs: 5_000 })
  assert.notEqual(fleet.get('gateway')?.pid, pid)
  assert.ok(isThere(pid), 'the former one was not given its time')
  for (let waitedMs = 0; isThere(pid); waitedMs += 20) {
    assert.ok(waitedMs < 4_000, 'it did not end by itself')
    await sleep(20)
  }
})

test('one that does not come up changes nothing', async () => {
  const { fleet, pid } = await start(planned('good', ready))
  const replaced = fleet.replace(planned('bad', 'process.exit(3)'), { drainMs: 100, triesMax: 2 })
  await assert.rejects(replaced, { code: 'PROCESS_FAILED' })
  assert.equal(fleet.get('gateway')?.pid, pid)
  assert.ok(isThere(pid))
})

test('one that ignores that it was replaced is ended when its time is over', async () => {
  const { fleet, pid } = await start(planned('stubborn', `${ready} process.on('SIGTERM', () => undefined)`))
  await fleet.replace(planned('next', ready), { drainMs: 100 })
  for (let waitedMs = 0; isThere(pid); waitedMs += 50) {
    assert.ok(waitedMs < 8_000, 'it is there still')
    await sleep(50)
  }
})

test('a process runs as planned when its document is the same, whatever the order', async () => {
  const { fleet } = await start(planned('documented', ready, { port: 1, config: { a: 1, b: 2 } }))
  assert.ok(
    await fleet.runsAs(planned('documented', ready, { config: { b: 2, a: 1 }, port: 1, tls: undefined })),
  )
  assert.ok(!(await fleet.runsAs(planned('documented', ready, { port: 1, config: { a: 1, b: 3 } }))))
})

test('stopping ends those that are coming and those that are going as well', async () => {
  const { fleet, pid } = await start(planned('going', ready))
  await fleet.replace(planned('staying', ready), { drainMs: 60_000 })
  const staying = fleet.get('gateway')?.pid ?? 0
  const coming = fleet.replace(planned('coming', 'setInterval(() => undefined, 1e6)'), { drainMs: 1_000 })
  const refused = assert.rejects(coming, { code: 'PROCESS_FAILED' })
  await sleep(300)
  await fleet.stop(500)
  await refused
  assert.deepEqual([pid, staying].map(isThere), [false, false])
})
