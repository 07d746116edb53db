import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LeasedPool } from '@tenantry/isolation'
import { KeyPlant, tenantKeyLifetimeMs } from '../../test/key-plant.ts'
import type { Topology } from '../control-plane/deployments/topology.ts'

let plant: KeyPlant
let silo: Topology
let tenant: string
let pool: LeasedPool

before(async () => {
  plant = await KeyPlant.build()
  silo = await plant.addSilo()
  tenant = silo.tenant ?? assert.fail('no tenant')
  pool = await plant.pool(silo)
})
after(() => plant.remove())

test('a transaction that outlives three tenant keys goes on without an error while its work is open', async () => {
  const startedAtMs = Date.now()
  await plant.scope(tenant).run(() =>
    pool.transaction(async (tx) => {
      while (Date.now() - startedAtMs < 3 * tenantKeyLifetimeMs) {
        await tx.query(`insert into notes (text) values ('a')`)
        await sleep(100)
      }
    }),
  )
  const { rows } = await plant.scope(tenant).run(() => pool.query('select count(*)::int as count from notes'))
  assert.ok(rows[0].count > 20)
})

test('a transaction whose token is over is refused, and nothing of it is kept', async () => {
  const count = () =>
    plant
      .scope(tenant)
      .run(() => pool.query('select count(*)::int as count from notes'))
      .then(({ rows }) => rows[0].count)
  const before = await count()
  const scope = plant.scope(tenant, { lifetimeS: 2 })
  const inserted = scope.run(() =>
    pool.transaction(async (tx) => {
      await tx.query(`insert into notes (text) values ('a')`)
      // Past the token's end, and past the end of the last key that it could be exchanged for.
      await sleep(2 * tenantKeyLifetimeMs + 1_200)
      await tx.query(`insert into notes (text) values ('b')`)
    }),
  )
  await assert.rejects(inserted, { code: 'TOKEN_EXPIRED' })
  assert.equal(await count(), before)
})

test('a tenant that is suspended is refused in its open transaction and in new work, and is served again after', async () => {
  const suspended = await plant.addSilo()
  const id = suspended.tenant ?? assert.fail('no tenant')
  const own = await plant.pool(suspended)
  const insert = () => plant.scope(id).run(() => own.query(`insert into notes (text) values ('a')`))
  await insert()
  let suspendedAtMs = 0
  await assert.rejects(
    plant.scope(id).run(() =>
      own.transaction(async (tx) => {
        await tx.query(`insert into notes (text) values ('a')`)
        suspendedAtMs = Date.now()
        await plant.suspend(suspended)
        await tx.query(`insert into notes (text) values ('b')`)
      }),
    ),
    { code: 'TENANT_SUSPENDED', status: 403 },
  )
  await assert.rejects(insert(), { code: 'TENANT_SUSPENDED', status: 403 })
  assert.ok(Date.now() - suspendedAtMs < 5_000)
  // Others do not notice.
  await plant.scope(tenant).run(() => pool.query('select from notes'))
  await plant.activate(suspended)
  await insert()
})

test('a tenant that is suspended gets no key, also where its database cannot be told', async () => {
  const suspended = await plant.addSilo()
  const id = suspended.tenant ?? assert.fail('no tenant')
  const own = await plant.pool(suspended)
  const ask = () => plant.scope(id).run(() => own.query('select from notes'))
  await ask()
  plant.tellStatus(suspended, 'suspended')
  const deadline = Date.now() + 5_000
  let refused = false
  while (!refused && Date.now() < deadline) {
    refused = await ask().then(
      () => false,
      (error: { code: string }) => error.code === 'TENANT_SUSPENDED',
    )
  }
  assert.ok(refused, 'the keys that were out are over')
})
