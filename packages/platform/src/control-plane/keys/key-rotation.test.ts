import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { deriveDatabaseKey, deriveTenantKey, type LeasedPool } from '@tenantry/isolation'
import { KeyPlant } from '../../../test/key-plant.ts'
import type { Topology } from '../deployments/topology.ts'
import type { KeyStatus } from './key-status.ts'

let plant: KeyPlant
let silos: Topology[]
let pools: Map<Topology, LeasedPool>

before(async () => {
  plant = await KeyPlant.build({ kid: 255 })
  silos = [await plant.addSilo(), await plant.addSilo(), await plant.addSilo()]
  pools = new Map()
  for (const silo of silos) pools.set(silo, await plant.pool(silo))
})
after(() => plant.remove())

function insert(silo: Topology): Promise<unknown> {
  const pool = pools.get(silo)
  assert.ok(pool && silo.tenant)
  return plant.scope(silo.tenant).run(() => pool.query(`insert into notes (text) values ('a')`))
}

/** Asks every database as fast as two callers of each can until it is stopped; gives the answers and the failures. */
function load() {
  const failures: unknown[] = []
  let answered = 0
  let stopped = false
  const callers = [...silos, ...silos].map(async (silo) => {
    while (!stopped) {
      await insert(silo).then(
        () => answered++,
        (error) => failures.push(error),
      )
      await sleep(2)
    }
  })
  return {
    async stop() {
      stopped = true
      await Promise.all(callers)
      return { answered, failures }
    },
  }
}

/** A lease of the tenant under the master that the token service had with this kid, good for a minute. */
async function signedUnder(master: string, kid: number, silo: Topology): Promise<LeasedPool> {
  const [deployment] = silo.deployments
  assert.ok(deployment && silo.tenant)
  const claims = { tenant: silo.tenant, role: deployment.role, kid, expiresAtMs: Date.now() + 60_000 }
  const database = silo.database.id
  const key = deriveTenantKey(deriveDatabaseKey(Buffer.from(master, 'base64url'), database, kid), claims)
  return plant.pool(silo, { tenantKey: { ...claims, database, key } })
}

const kidsOf = ({ databases }: KeyStatus) => databases.map(({ kids }) => kids)
const steady = async () => {
  const { keys, databases } = await plant.rotation().status()
  return keys.length === 1 && databases.every(({ state }) => state === 'ready')
}

async function eventually(check: () => Promise<boolean>, withinMs = 8_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await check())) {
    assert.ok(Date.now() < deadline, `not within ${withinMs} ms: ${check}`)
    await sleep(20)
  }
}

test('keys rotate under load without one failed statement, and what the old key signed is then refused', async () => {
  const [silo] = silos
  assert.ok(silo?.tenant)
  const [first] = plant.kept
  assert.ok(first)
  const running = load()
  const rotation = plant.rotation()
  const switched = await rotation.rotate()
  // 255 is followed by 1.
  assert.deepEqual(
    switched.keys.map(({ kid, state }) => [kid, state]),
    [
      [255, 'expiring'],
      [1, 'signing'],
    ],
  )
  assert.deepEqual(kidsOf(switched), [
    [1, 255],
    [1, 255],
    [1, 255],
  ])
  await eventually(steady)
  await rotation.close()
  const { answered, failures } = await running.stop()
  assert.deepEqual(failures, [])
  assert.ok(answered > 100, `${answered} statements`)
  assert.deepEqual(kidsOf(await rotation.status()), [[1], [1], [1]])
  assert.equal(plant.kept.length, 1, 'the old master is forgotten')

  const old = await signedUnder(first.master, first.kid, silo)
  const asked = () => plant.scope(silo.tenant ?? '').run(() => old.query('select from notes'))
  await assert.rejects(asked, { code: 'LEASE_INVALID' })
})

test('what the old key signed is good until the overlap is over', async () => {
  const [silo] = silos
  assert.ok(silo?.tenant)
  const { tenant } = silo
  const [first] = plant.kept
  assert.ok(first)
  const rotation = plant.rotation()
  const before = Date.now()
  await rotation.rotate()
  await assert.rejects(rotation.rotate(), { code: 'KEYS_ROTATING', status: 409 })
  const old = await signedUnder(first.master, first.kid, silo)
  await plant.scope(tenant).run(() => old.query('select from notes'))
  await eventually(steady)
  assert.ok(Date.now() - before >= 1_400, 'the old key stays for as long as a tenant key may live')
  await assert.rejects(
    plant.scope(tenant).run(() => old.query('select from notes')),
    { code: 'LEASE_INVALID' },
  )
  await rotation.close()
})

test('a database that cannot be reached stops the rotation before the new key signs; once it can, it goes on', async () => {
  const [, broken] = silos
  assert.ok(broken)
  const { id } = broken.database
  const [signing] = plant.kept
  const rename = (from: string, to: string) =>
    plant.asAdmin('postgres', async (client) => {
      await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [from])
      await client.query(`alter database "${from}" rename to "${to}"`)
    })
  await pools.get(broken)?.end()
  await rename(id, `${id}_away`)
  const rotation = plant.rotation()
  await assert.rejects(rotation.rotate(), (error: { code: string; message: string; help: string }) => {
    assert.equal(error.code, 'KEYS_NOT_INSTALLED')
    assert.match(error.message, new RegExp(id))
    assert.match(error.help, /tenantry keys rotate/)
    return true
  })
  const { keys, databases } = await rotation.status()
  assert.deepEqual(
    keys.map(({ kid, state }) => [kid, state]),
    [
      [signing?.kid, 'signing'],
      [(signing?.kid ?? 0) + 1, 'installing'],
    ],
  )
  assert.deepEqual(
    databases.map(({ state }) => state),
    ['ready', 'unreachable', 'ready'],
  )
  await insert(silos[0] as Topology)
  await rename(`${id}_away`, id)
  pools.set(broken, await plant.pool(broken))
  await rotation.rotate()
  await eventually(steady)
  await insert(broken)
  await rotation.close()
})

for (const step of ['make', 'switch', 'release', 'forget'] as const) {
  for (const when of ['before', 'after'] as const) {
    test(`a control plane and token service killed ${when} \`${step}\` go on where they were`, async () => {
      const running = load()
      const client = plant.tokenClient('control-plane')
      const killed = Promise.withResolvers<never>()
      const dying = plant.rotation({
        tokenService: {
          leaseKeys: async (asked) => {
            if (asked !== step) return client.leaseKeys(asked)
            if (when === 'after') await client.leaseKeys(asked)
            killed.reject(new Error('killed'))
            return new Promise(() => undefined)
          },
        },
      })
      await assert.rejects(Promise.race([dying.rotate().then(() => killed.promise), killed.promise]), {
        message: 'killed',
      })
      await plant.startTokenService()
      const next = plant.rotation()
      await next.resume()
      if (step === 'make' && when === 'before') await next.rotate()
      await eventually(steady)
      await next.close()
      const { failures } = await running.stop()
      // The token service itself was away for a moment.
      assert.deepEqual(
        failures.filter((error) => (error as { code?: string }).code !== 'TOKEN_SERVICE_DOWN'),
        [],
      )
    })
  }
}

test('a database that is provisioned in the middle gets every live key', async () => {
  const rotation = plant.rotation()
  let provisioned: Topology | undefined
  const made = plant.tokenClient('control-plane')
  const slow = plant.rotation({
    provisioner: plant.provisioner,
    tokenService: {
      leaseKeys: async (step) => {
        const keys = await made.leaseKeys(step)
        if (step === 'make') provisioned = await plant.addSilo()
        return keys
      },
    },
  })
  const { databases, keys } = await slow.rotate()
  assert.ok(provisioned)
  const { id } = provisioned.database
  assert.deepEqual(
    databases.find(({ database }) => database === id)?.kids,
    keys.map(({ kid }) => kid).sort((a, b) => a - b),
  )
  const late = await plant.addSilo()
  const kids = (await rotation.status()).databases.find(({ database }) => database === late.database.id)?.kids
  assert.equal(kids?.length, 2)
  await eventually(steady)
  await slow.close()
})

test('keys that were asked for before a rotation do not replace those of it', async () => {
  const silo = plant.newSilo()
  const client = plant.tokenClient('control-plane')
  const asked = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const provisioner = plant.createProvisioner({
    databaseKeys: async (database) => {
      const keys = await client.databaseKeys(database)
      asked.resolve()
      if (database === silo.database.id) await goOn.promise
      return keys
    },
  })
  const provisioned = provisioner.provision(silo)
  await asked.promise
  const rotation = plant.rotation({ provisioner })
  const rotated = rotation.rotate()
  await eventually(async () => (await client.leaseKeys()).length === 2)
  await sleep(100)
  goOn.resolve()
  await provisioned
  const { databases } = await rotated
  assert.ok(databases.every(({ state }) => state === 'ready'))
  assert.equal(databases.length, plant.topologies.length)
  await eventually(steady)
  await rotation.close()
})

test('a transaction that reads repeatably and began before the new key outlives the switch', async () => {
  const [silo] = silos
  assert.ok(silo?.tenant)
  const pool = pools.get(silo)
  assert.ok(pool)
  const rotation = plant.rotation()
  let rotating: Promise<unknown> | undefined
  await plant.scope(silo.tenant).run(() =>
    pool.transaction(async (tx) => {
      await tx.query('set transaction isolation level repeatable read')
      await tx.query('select from notes')
      rotating = rotation.rotate()
      for (let passed = 0; passed < 8; passed++) {
        await sleep(200)
        await tx.query('select from notes')
      }
    }),
  )
  await rotating
  await eventually(steady)
  await rotation.close()
})

test('only a control plane may ask for a step', async () => {
  const [silo] = silos
  const service = plant.tokenClient(silo?.deployments[0]?.id ?? '')
  await assert.rejects(service.leaseKeys('make'), { code: 'TOKEN_REQUEST_INVALID' })
  await assert.rejects(service.leaseKeys(), { code: 'TOKEN_REQUEST_INVALID' })
})
