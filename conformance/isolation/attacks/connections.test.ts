import assert from 'node:assert/strict'
import { AsyncResource } from 'node:async_hooks'
import { text as readText } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg, { type PoolClient } from 'pg'
import { to } from 'pg-copy-streams'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import { LeasedPool } from '../../../packages/isolation/src/index.ts'
import { canaryOf, foreign, own, plantCanaries } from '../attacker.ts'
import { viewConnection } from '../connection-view.ts'
import { createPlacements, inScope, type Placement } from '../placements.ts'
import { leave, residues } from '../residue.ts'

const placements = await createPlacements()
after(() => placements.remove())

for (const kind of ['pool', 'silo'] as const) {
  describe(`the leased pool, attacked on a ${kind} database`, () => {
    let placement: Placement
    before(async () => {
      placement = placements[kind]
      await plantCanaries(placement)
    })

    /** Runs `work` with a connection of the tenant's, and gives the connection back. */
    const withClient = <T>(pool: LeasedPool, tenant: string, work: (client: PoolClient) => Promise<T>) =>
      inScope(tenant, async () => {
        const client = await pool.connect()
        try {
          return await work(client)
        } finally {
          client.release()
        }
      })
    const requireOwn = async (pool: LeasedPool, tenant: string, what: string) => {
      const { rows } = await inScope(tenant, () =>
        pool.query('select name, tenantry.tenant() as tenant from secrets'),
      )
      assert.equal(rows.length, 20, what)
      assert.ok(
        rows.every((row) => row.tenant === tenant && row.name.startsWith(canaryOf(tenant))),
        what,
      )
    }

    it('12. and 35. nothing that a tenant can leave on a connection is there for the next', async () => {
      const fresh = await withClient(placement.pool({ max: 1 }), foreign, viewConnection)
      const pool = placement.pool({ max: 1 })
      for (const residue of residues) {
        await withClient(pool, own, (client) => leave(client, residue))
        assert.deepEqual(await withClient(pool, foreign, viewConnection), fresh, residue.name)
        await requireOwn(pool, foreign, residue.name)
      }
    })

    it('12. nor when all of it is left at once, in any order', async () => {
      const fresh = await withClient(placement.pool({ max: 1 }), foreign, viewConnection)
      for (const order of [residues, residues.toReversed()]) {
        const pool = placement.pool({ max: 1 })
        await withClient(pool, own, async (client) => {
          for (const residue of order) await leave(client, residue)
        })
        assert.deepEqual(await withClient(pool, foreign, viewConnection), fresh)
        await requireOwn(pool, foreign, 'everything')
      }
    })

    it('16. a connection that was given back with anything open serves nobody again', async () => {
      const pool = placement.pool({ max: 1 })
      const open: ((client: PoolClient) => Promise<unknown> | unknown)[] = [
        (client) => client.query('begin'),
        async (client) => {
          await client.query('begin')
          await client.query('select 1 / 0').catch(() => undefined)
        },
        (client) => void client.query('select pg_sleep(0.2)').catch(() => undefined),
        (client) =>
          void client
            .query(new Cursor('select * from secrets'))
            .read(1)
            .catch(() => undefined),
        async (client) => {
          await client.query('begin')
          void client
            .query(to('copy secrets to stdout'))
            .on('error', () => undefined)
            .resume()
        },
        (client) =>
          void client
            .query(new QueryStream('select * from secrets, tickets, codes'))
            .on('error', () => undefined)
            .read(1),
      ]
      for (const [index, leaveOpen] of open.entries()) {
        const process = await withClient(pool, own, async (client) => {
          const { rows } = await client.query('select pg_backend_pid() as pid')
          await leaveOpen(client)
          return rows[0].pid
        })
        const { rows } = await inScope(foreign, () => pool.query('select pg_backend_pid() as pid'))
        assert.notEqual(rows[0].pid, process, `open thing ${index}`)
        await requireOwn(pool, foreign, `open thing ${index}`)
      }
    })

    it('24. a saturated pool, callbacks and other contexts’ events keep each statement its tenant’s', async () => {
      const pool = placement.pool({ max: 2 })
      const tenants = [own, foreign]
      const foreignContext = inScope(foreign, () => new AsyncResource('theirs'))
      await Promise.all(
        Array.from({ length: 400 }, async (_, n) => {
          const tenant = tenants[n % 2] ?? own
          const { rows } = await inScope(
            tenant,
            () =>
              new Promise<pg.QueryResult>((resolve, reject) => {
                const done = (error: Error | undefined, result: pg.QueryResult) =>
                  error ? reject(error) : resolve(result)
                if (n % 3 === 0) pool.query('select tenantry_tenant as tenant from secrets', done as never)
                else if (n % 3 === 1)
                  pool.connect((error, client, release) => {
                    if (!client) return reject(error)
                    client.query('select tenantry_tenant as tenant from secrets', (failure, result) => {
                      release()
                      done(failure, result)
                    })
                  })
                else pool.query('select tenantry_tenant as tenant from secrets').then(resolve, reject)
              }),
          )
          assert.ok(rows.every((row) => row.tenant === tenant))
        }),
      )
      const client = await inScope(own, () => pool.connect())
      assert.throws(() => foreignContext.runInAsyncScope(() => client.query('select 1')), {
        code: 'LEASE_OTHER_SCOPE',
      })
      client.release()
    })

    it('a connection that was given back is of no use to who kept it', async () => {
      const pool = placement.pool({ max: 1 })
      await inScope(own, async () => {
        const kept = await pool.connect()
        await kept.query('select 1')
        kept.release()
        assert.throws(() => kept.query('select 1'), { code: 'LEASE_OTHER_SCOPE' })
        const next = await inScope(foreign, () => pool.connect())
        assert.equal(next, kept)
        assert.throws(() => kept.query('select * from secrets'), { code: 'LEASE_OTHER_SCOPE' })
        inScope(foreign, () => next.release())
      })
      await requireOwn(pool, foreign, 'after')
    })

    it('a query object that is used again in another scope runs for nobody, or for that scope', async () => {
      const pool = placement.pool({ max: 2 })
      const results: pg.QueryResult[] = []
      const query = new pg.Query('select tenantry_tenant as tenant from secrets') as unknown as {
        callback: (error: Error | undefined, result: pg.QueryResult) => void
      }
      for (const tenant of [own, foreign, own]) {
        results.length = 0
        await withClient(pool, tenant, (client) => {
          const answered = new Promise<void>((resolve) => {
            query.callback = (_, result) => {
              if (result) results.push(result)
              resolve()
            }
          })
          client.query(query as never)
          return Promise.race([answered, sleep(300)])
        }).catch(() => undefined)
        assert.ok(results.every(({ rows }) => rows.every((row) => row.tenant === tenant)))
      }
      for (const tenant of [own, foreign]) await requireOwn(pool, tenant, 'after')
    })

    it('a statement that the driver itself refuses leaves no lease for who comes next', async () => {
      const pool = placement.pool({ max: 1 })
      await withClient(pool, own, async (client) => {
        await client.query({ name: 'once', text: 'select name from secrets' })
        await assert.rejects(client.query({ name: 'once', text: 'select note from codes' }))
      })
      await requireOwn(pool, foreign, 'one name, two texts')
      await withClient(pool, own, (client) =>
        client.query({ text: 'select $1::int', values: [{ toPostgres: () => assert.fail('no') }] }),
      ).catch(() => undefined)
      await requireOwn(pool, foreign, 'a value that throws')
    })

    // The driver's own `query`, which knows nothing of leases.
    const pastThePool = (client: pg.ClientBase, text: string) =>
      Reflect.apply(pg.Client.prototype.query, client, [text]) as Promise<pg.QueryResult>

    it('a statement past the pool’s own `query` has no lease', async () => {
      const pool = placement.pool({ max: 1 })
      for (const tenant of [own, foreign]) {
        await withClient(pool, tenant, async (client) => {
          await client.query('select name from secrets')
          await assert.rejects(pastThePool(client, 'select name from secrets'), { code: 'TN001' })
        })
      }
    })

    it('who listens to the pool’s events gets no lease by it', async () => {
      const pool = placement.pool({ max: 1 })
      const codes: Promise<unknown>[] = []
      const tryBoth = (client: PoolClient) => {
        codes.push(pastThePool(client, 'select name from secrets').catch(({ code }) => code))
        assert.throws(() => client.query('select 1'), { name: 'TenantryError' })
      }
      pool.on('acquire', tryBoth)
      pool.on('release', (_, client) => tryBoth(client))
      for (const tenant of [own, foreign]) await inScope(tenant, () => pool.query('select 1'))
      pool.removeAllListeners('acquire').removeAllListeners('release')
      const refused = await Promise.all(codes)
      assert.equal(refused.length, 4)
      assert.ok(
        refused.every((code) => code === 'TN001' || code === undefined),
        String(refused),
      )
      await requireOwn(pool, foreign, 'after')
    })

    it('22. a lease is renewed inside a long transaction, and after a rollback to before it was', async () => {
      const pool = placement.pool({ max: 1 })
      const tenantKeys = { tenantKey: () => placement.tenantKey(own, { expiresAtMs: Date.now() + 250 }) }
      const short = new LeasedPool({ ...placement.credentials, max: 1, tenantKeys })
      await withClient(short, own, async (client) => {
        await client.query('begin')
        assert.equal((await client.query('select * from secrets')).rows.length, 20)
        await client.query('savepoint early')
        await sleep(300)
        assert.equal((await client.query('select * from secrets')).rows.length, 20)
        await client.query('rollback to savepoint early')
        assert.equal((await client.query('select * from secrets')).rows.length, 20)
        await client.query('commit')
      })
      await short.end()
      await requireOwn(pool, own, 'after')
    })

    it('cursors, streams and copies carry their tenant through one connection', async () => {
      const pool = placement.pool({ max: 1 })
      for (const tenant of [own, foreign, own]) {
        await withClient(pool, tenant, async (client) => {
          const cursor = client.query(new Cursor<{ name: string }>('select name from secrets'))
          const rows = [...(await cursor.read(7)), ...(await cursor.read(100))]
          await cursor.close()
          for await (const row of client.query(
            new QueryStream('select name from secrets', [], { batchSize: 3 }),
          ))
            rows.push(row)
          await client.query('begin')
          const copied = await readText(client.query(to('copy secrets (name) to stdout')))
          await client.query('commit')
          const names = [...rows.map(({ name }) => name), ...copied.trim().split('\n')]
          assert.equal(names.length, 60)
          assert.ok(names.every((name) => name.startsWith(canaryOf(tenant))))
        })
      }
    })

    it('one name of a statement, and one text, serve every tenant its own', async () => {
      const pool = placement.pool({ max: 1 })
      const statement = { name: 'find', text: 'select name from secrets where name <> $1', values: [''] }
      for (const tenant of [own, foreign, own, foreign]) {
        for (const query of [statement, { text: statement.text, values: statement.values }]) {
          const { rows } = await inScope(tenant, () => pool.query(query))
          assert.equal(rows.length, 20)
          assert.ok(rows.every(({ name }) => name.startsWith(canaryOf(tenant))))
        }
      }
    })

    it('8. an error says nothing of what another tenant sent before it', async () => {
      const pool = placement.pool({ max: 1 })
      await inScope(foreign, () => pool.query('select $1::text', [canaryOf(foreign)]))
      for (const text of [
        'select 1 / 0',
        `select divide(1, 0)`,
        `select name::int from secrets`,
        'select nothing',
      ]) {
        const error = await inScope(own, () => pool.query(text)).catch((caught) => caught)
        assert.ok(error instanceof Error)
        const said = JSON.stringify([error.message, { ...error }])
        assert.ok(!said.includes(canaryOf(foreign)) && !said.includes(Buffer.from(own).toString('hex')), said)
      }
    })
  })
}
