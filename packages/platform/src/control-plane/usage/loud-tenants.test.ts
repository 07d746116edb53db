import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SharedUse } from './live-usage.ts'
import { LoudTenants } from './loud-tenants.ts'

const nothing = {
  ...{ requestsPerSecond: 0, errorsPerSecond: 0, limitedPerSecond: 0, p50Ms: null, p95Ms: null },
  ...{ cpuCores: 0, databaseMsPerSecond: 0, eventsPerSecond: 0 },
}
const use = (tenant: string, figures: Partial<SharedUse['figures']>): SharedUse => ({
  ...{ tenant, tier: 'basic' },
  figures: { ...nothing, ...figures },
})
const asking = (rates: Record<string, number>) =>
  Object.entries(rates).map(([tenant, requestsPerSecond]) => use(tenant, { requestsPerSecond }))
const weights = new Map([['heavy', 4]])
const loudTenants = () => new LoudTenants((tenant) => weights.get(tenant) ?? 1)

/** What is found after the same for so many seconds. */
function findAfter(seconds: number, what: SharedUse[], loud = loudTenants()) {
  let found = loud.find(what)
  for (let second = 1; second < seconds; second++) found = loud.find(what)
  return found
}

test('who takes more than twice its share for three seconds is named, with what and how much', () => {
  const rates = asking({ loud: 70, first: 10, second: 10, third: 10 })
  assert.deepEqual(findAfter(2, rates), [])
  assert.deepEqual(findAfter(3, rates), [
    { tenant: 'loud', tier: 'basic', what: 'requests', share: 0.7, fair: 0.25 },
  ])
})

test('who takes its share, or is alone, or has the weight for it, is not', () => {
  assert.deepEqual(findAfter(9, asking({ a: 30, b: 25, c: 25 })), [])
  assert.deepEqual(findAfter(9, asking({ alone: 500 })), [])
  assert.deepEqual(findAfter(9, asking({ heavy: 80, other: 20 })), [])
})

test('of two, one is loud that takes more than three quarters', () => {
  assert.deepEqual(findAfter(9, asking({ a: 70, b: 30 })), [])
  assert.equal(findAfter(9, asking({ a: 80, b: 20 }))[0]?.tenant, 'a')
})

test('among many, nobody is loud for less than a tenth of everything', () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`t-${n}`, 1]))
  assert.deepEqual(findAfter(9, asking({ ...many, more: 15 })), [])
  assert.equal(findAfter(9, asking({ ...many, more: 30 }))[0]?.tenant, 'more')
})

test('where there is plenty for all, nobody is loud', () => {
  assert.deepEqual(findAfter(9, asking({ a: 15, b: 1, c: 1 })), [])
})

test('connections, processor and events are shared as requests are, each by itself', () => {
  const loud = use('loud', { cpuCores: 1, databaseMsPerSecond: 4_000, eventsPerSecond: 90 })
  const quiet = use('quiet', { cpuCores: 0.1, databaseMsPerSecond: 100, eventsPerSecond: 5 })
  assert.deepEqual(
    findAfter(3, [loud, quiet]).map(({ what }) => what),
    ['connections', 'cpu', 'events'],
  )
})

test('it is over once it was not so for three seconds, also when nothing is taken any more', () => {
  const loud = loudTenants()
  const rates = asking({ loud: 90, other: 10, third: 10 })
  assert.equal(findAfter(3, rates, loud).length, 1)
  const calm = asking({ loud: 10, other: 10, third: 10 })
  assert.equal(findAfter(2, calm, loud).length, 1)
  assert.deepEqual(findAfter(1, calm, loud), [])
  assert.equal(findAfter(3, rates, loud).length, 1)
  assert.deepEqual(findAfter(3, [], loud), [])
})
