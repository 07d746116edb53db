import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RunningSystem } from './end-to-end/running-system.ts'

// Two tenants of one tier want all the connections of a service, for as long as this runs.
const root = resolve(import.meta.dirname, '..')
const folder = resolve(import.meta.dirname, 'fair-shares/bottlenecks')
const callersEach = 20
const served = { first: 0, second: 0 }
let system: RunningSystem
let isAsking = true
const asking: Promise<void>[] = []

async function ask(tenant: keyof typeof served, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` }
  while (isAsking) {
    const answer = await fetch(`${system.gateway}/notes/slow`, { headers })
    assert.equal(answer.status, 200, await answer.text())
    served[tenant]++
  }
}

/** How many statements of the first were served for each of the second, in the second that begins now. */
async function ratioNow(): Promise<number> {
  const { first, second } = served
  await sleep(1_000)
  return (served.first - first) / Math.max(1, served.second - second)
}

async function within5s(isSo: (ratio: number) => boolean): Promise<void> {
  const endMs = performance.now() + 5_000
  for (let ratio = Number.NaN; ; ) {
    assert.ok(performance.now() < endMs, `still ${ratio}`)
    ratio = await ratioNow()
    if (isSo(ratio)) return
  }
}

before(async () => {
  system = await RunningSystem.create({
    ...{ launcher: resolve(root, 'packages/cli/bin/tenantry.js'), nodeFlags: [] },
    ...{ folder, config: resolve(folder, 'tenantry.config.ts') },
  })
  await system.start()
  for (const tenant of ['first', 'second'] as const) {
    const token = await system.token(tenant)
    for (let at = 0; at < callersEach; at++) asking.push(ask(tenant, token))
  }
})
after(async () => {
  isAsking = false
  await Promise.all(asking)
  await system?.remove()
})

test('tenants of one tier share a service’s connections equally', async () => {
  await within5s((ratio) => ratio > 0.8 && ratio < 1.25)
})

test('a weight that an operator sets for one tenant divides the connections within 5 s, without a restart', async () => {
  await system.tenantry('limit', 'first', '--weight', '4')
  await within5s((ratio) => ratio > 2.5 && ratio < 6)
})

test('without it they are shared equally again within 5 s', async () => {
  await system.tenantry('limit', 'first', '--clear')
  await within5s((ratio) => ratio > 0.8 && ratio < 1.25)
})
