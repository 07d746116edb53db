import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { type PgBouncer, startPgBouncer } from '../../../tools/start-pgbouncer.ts'
import { createNoteDatabase, type NoteDatabase } from '../test/note-database.ts'
import { TestPlatform } from '../test/test-platform.ts'
import { Pool } from './pg.ts'

// Of the system, not of npm: a machine without it is told so, and a run under CI fails.
const missing = spawnSync('pgbouncer', ['--version']).error ? 'there is no pgbouncer on this machine' : false

describe('a deployment behind a transaction pooler', { skip: missing }, () => {
  let database: NoteDatabase
  let bouncer: PgBouncer
  let platform: TestPlatform
  const pools: Pool[] = []

  before(async () => {
    database = await createNoteDatabase()
    platform = await TestPlatform.start(database.address)
    await database.install(platform.master, { binding: 'role' })
    bouncer = await startPgBouncer(database.address, { connections: 2 })
    const { port } = bouncer
    platform.becomeDeployment({ database: { ...database.address, port, connections: 4, pooler: true } })
  })
  after(async () => {
    await Promise.all(pools.map((pool) => pool.end()))
    await bouncer.stop()
    platform.stop()
    await database.remove()
  })

  function createPool(config?: ConstructorParameters<typeof Pool>[0]): Pool {
    const pool = new Pool(config)
    pools.push(pool)
    return pool
  }

  it('signs its leases for the role, without a word of the service', async () => {
    const pool = createPool()
    const tenants = Array.from({ length: 60 }, (_, at) => `tenant-${at % 3}`)
    await Promise.all(
      tenants.map((tenant) =>
        platform
          .scope(tenant)
          .run(() =>
            pool.transaction((transaction) =>
              transaction.query('insert into notes (text) values ($1)', [tenant]),
            ),
          ),
      ),
    )
    for (const tenant of new Set(tenants)) {
      const { rows } = await platform.scope(tenant).run(() => pool.query('select text from notes'))
      assert.deepEqual(rows, Array(20).fill({ text: tenant }))
    }
  })

  it('cannot set `statement_timeout` for a pool, and can for a transaction', async () => {
    const timed = createPool({ statement_timeout: 5_000 })
    await platform
      .scope('tenant-0')
      .run(() => assert.rejects(timed.query('select 1'), /startup parameter: statement_timeout/))
    const { rows } = await platform.scope('tenant-0').run(() =>
      createPool().transaction(async (transaction) => {
        await transaction.query("set local statement_timeout = '5s'")
        return transaction.query('show statement_timeout')
      }),
    )
    assert.deepEqual(rows, [{ statement_timeout: '5s' }])
  })
})
