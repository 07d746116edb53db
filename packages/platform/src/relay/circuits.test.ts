import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Directory, type DirectoryDeployment } from '@tenantry/routing'
import { pino } from 'pino'
import { Circuits } from './circuits.ts'

const pool: DirectoryDeployment = {
  id: 'invoice.pool',
  service: 'invoice',
  tenant: null,
  database: 'pool',
  role: 'pool_invoice',
  addresses: ['http://127.0.0.1:1'],
}
const silo = { ...pool, id: 'invoice.51', tenant: 'b' }

function build(): { circuits: Circuits; directory: Directory; due: () => number } {
  const directory = new Directory()
  const tenants = [
    { id: 'a', tier: 'basic', status: 'active', placement: { invoice: 'pool' }, silo: null },
    { id: 'b', tier: 'premium', status: 'active', placement: { invoice: 'silo' }, silo: '51' },
  ] as const
  directory.apply({
    type: 'snapshot',
    tenants: [...tenants],
    deployments: [pool, silo],
    workloads: [],
    databases: [],
  })
  let due = 0
  const circuits = new Circuits({ directory, logger: pino({ level: 'silent' }), onDue: () => due++ })
  return { circuits, directory, due: () => due }
}

test('a deployment that was reached, or never tried, is open to all', () => {
  const { circuits } = build()
  assert.equal(circuits.note(pool, true), false)
  assert.equal(circuits.note(pool, undefined), false)
  assert.ok(circuits.admit(pool) && circuits.admit(pool))
  assert.deepEqual(circuits.away(), [])
})

test('one that was not reached gets nothing, and then one probe at a time, less and less often', async () => {
  const { circuits, due } = build()
  circuits.note(pool, false)
  // Those that were on their way already tell nothing new.
  circuits.note(pool, false)
  assert.deepEqual([circuits.admit(pool), circuits.admit(silo)], [false, true])
  assert.deepEqual(circuits.away(), [{ service: 'invoice', tenant: null, except: ['b'] }])
  await sleep(130)
  assert.equal(due(), 1)
  assert.deepEqual(circuits.away(), [])
  assert.deepEqual([circuits.admit(pool), circuits.admit(pool)], [true, false])
  assert.equal(circuits.away().length, 1)
  circuits.note(pool, false)
  await sleep(130)
  assert.equal(circuits.admit(pool), false)
  await sleep(100)
  assert.equal(circuits.admit(pool), true)
})

test('a probe that is answered opens it to all, and one that told nothing lets another be sent', async () => {
  const { circuits } = build()
  circuits.note(silo, false)
  assert.deepEqual(circuits.away(), [{ service: 'invoice', tenant: 'b', except: [] }])
  await sleep(130)
  assert.ok(circuits.admit(silo))
  circuits.note(silo, undefined)
  assert.ok(circuits.admit(silo))
  assert.equal(circuits.note(silo, true), true)
  assert.ok(circuits.admit(silo) && circuits.admit(silo))
})

test('one that moved to another address is tried at once', () => {
  const { circuits, directory } = build()
  circuits.note(pool, false)
  const moved = { ...pool, addresses: ['http://127.0.0.1:2'] }
  directory.apply({ type: 'deployment', deployment: moved })
  assert.deepEqual(circuits.away(), [])
  assert.equal(circuits.admit(moved), true)
})

test('it tells who was away at some time, since when and how often, and forgets deployments that are gone', async () => {
  const { circuits, directory } = build()
  assert.deepEqual(circuits.states(), [])
  circuits.note(pool, true)
  circuits.note(silo, false)
  circuits.note(silo, false)
  const [away, ...others] = circuits.states()
  assert.deepEqual([away?.deployment, away?.opened, others], ['invoice.51', 1, []])
  assert.ok(Math.abs(Date.now() - (away?.awaySinceMs ?? 0)) < 1_000)
  circuits.note(silo, true)
  assert.deepEqual(circuits.states(), [{ deployment: 'invoice.51', opened: 1, awaySinceMs: undefined }])
  circuits.note(silo, false)
  assert.equal(circuits.states()[0]?.opened, 2)
  directory.apply({ type: 'deployment', deployment: { ...silo, addresses: ['http://127.0.0.1:2'] } })
  assert.equal(circuits.states()[0]?.awaySinceMs, undefined)
  directory.apply({ type: 'snapshot', tenants: [], deployments: [pool], workloads: [], databases: [] })
  assert.deepEqual(circuits.states(), [])
})
