import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  attack,
  attackInVain,
  canaryOf,
  foreign,
  hold,
  own,
  plantCanaries,
  requireNothingForeign,
} from '../attacker.ts'
import { createPlacements, inScope, type Placement, type RawClient } from '../placements.ts'
import { plantLookAlikes } from './look-alikes.ts'

interface Setting {
  name: string
  vartype: string
  enumvals: string[] | null
  min_val: string | null
  max_val: string | null
}

const values = ({ vartype, enumvals, min_val: min, max_val: max }: Setting) => {
  if (vartype === 'bool') return ['on', 'off']
  if (vartype === 'enum') return enumvals ?? []
  if (vartype === 'string')
    return [
      '',
      'shop',
      'pg_temp, shop, pg_catalog',
      'C',
      'SQL_ASCII',
      'LATIN1',
      'SJIS',
      'Etc/GMT-14',
      'SQL, DMY',
    ]
  return [min, max, '1'].flatMap((value) => value ?? [])
}

/** The spellings in which PostgreSQL prints bytes: hex, and the numbers of a plan's constant. */
function spellings(bytes: Buffer): string[] {
  return [bytes.toString('hex'), [...new Int8Array(bytes)].join(' '), bytes.toString('base64').slice(0, 40)]
}

const placements = await createPlacements()
after(() => placements.remove())

for (const kind of ['pool', 'silo'] as const) {
  describe(`settings and look-alikes, on a ${kind} database`, () => {
    let placement: Placement
    let client: RawClient
    let settings: Setting[]

    before(async () => {
      placement = placements[kind]
      await plantCanaries(placement, { rows: 5 })
      client = await placement.connect()
      const { rows } = await placement.admin.query<Setting>(
        `select name, vartype, enumvals, min_val, max_val from pg_settings where context in ('user', 'superuser') order by name`,
      )
      settings = rows
    })

    const forge = () => {
      const lease = placement.leaseOf(client, own)
      return lease.slice(0, 82) + Buffer.from(foreign).toString('hex')
    }
    const requireHolds = async (what: string) => {
      // A first look ends what a setting made fail once, such as a time that is up.
      await attack(client, `select set_config('tenantry.lease', $1, false)`, [forge()])
      const forged = await attackInVain(placement, client, 'select name from secrets')
      assert.notEqual(forged.code, undefined, `${what}: a forged lease was believed`)
      await attack(client, `select set_config('tenantry.lease', $1, false)`, [placement.leaseOf(client, own)])
      const mine = await attackInVain(placement, client, 'select name from secrets')
      assert.ok(
        mine.code !== undefined || mine.rows.every(({ name }) => String(name).startsWith(canaryOf(own))),
        what,
      )
      return mine
    }

    it('no setting that a service can change, at any of its values, changes whom the check believes', async () => {
      let changed = 0
      for (const setting of settings) {
        for (const value of values(setting)) {
          const { code } = await attack(client, `select set_config($1, $2, false)`, [setting.name, value])
          if (code === undefined) {
            changed++
            await requireHolds(`${setting.name} = '${value}'`)
          }
          const { code: kept } = await attack(client, `reset "${setting.name}"`)
          if (kept === undefined) continue
          await client.end()
          client = await placement.connect()
        }
      }
      assert.ok(changed > 250, `${changed} values were tried`)
      await client.query('discard all')
      assert.equal((await requireHolds('after all')).rows.length, 5)
    })

    it('35. what debugging settings print carries no key, no tenant key and no lease’s block', async () => {
      const { databaseKey } = placement
      const secrets = [
        databaseKey,
        Buffer.from(databaseKey.map((byte) => byte ^ 0x36)),
        Buffer.from(databaseKey.map((byte) => byte ^ 0x5c)),
        placement.tenantKey(own).key,
      ].flatMap(spellings)
      const talker = await placement.connect()
      for (const printed of [
        'debug_print_parse',
        'debug_print_rewritten',
        'debug_print_plan',
        'debug_print_raw_parse',
      ]) {
        await attack(talker, `set ${printed} = on`)
      }
      await talker.query(
        `set client_min_messages = debug5; set log_parameter_max_length_on_error = -1;
        set plan_cache_mode = force_custom_plan; set debug_parallel_query = on; set plpgsql.print_strict_params = on;
        set plpgsql.extra_warnings = 'all'; set jit_above_cost = 0; set jit_debugging_support = off`.replace(
          /; set jit_debugging_support = off/,
          '',
        ),
      )
      const expiresAtMs = Date.now() + 60_000
      const { key } = placement.tenantKey(own, { expiresAtMs })
      let heard = 0
      const leases = [
        placement.leaseOf(talker, own, { expiresAtMs }),
        forge(),
        '',
        '00',
        'zz',
        `${'00'.repeat(50)}`,
      ]
      for (const lease of leases) {
        for (const text of [
          'select name from secrets',
          'select tenantry.tenant()',
          'select tenantry.tenant() from generate_series(1, 3)',
          `insert into codes (code) values ('x'), (null)`,
          'update secrets set amount = amount / 0',
          'explain (analyze, verbose, settings, wal, buffers) select * from secrets',
        ]) {
          await attack(talker, `select set_config('tenantry.lease', $1, false)`, [lease])
          const outcome = await attackInVain(placement, talker, text)
          heard += outcome.said.length
          for (const secret of [...secrets, ...spellings(key)]) {
            assert.ok(!outcome.said.includes(secret), `${text} printed a key`)
          }
          requireNothingForeign(outcome, text)
        }
      }
      assert.ok(heard > 50_000, 'plans were printed')
    })

    it('look-alikes of everything the check names, in any search path, are never found', async () => {
      await plantLookAlikes(placement.admin)
      for (const path of [
        'evil, shop, pg_catalog, pg_temp',
        'evil, shop',
        'evil, tenantry, shop, pg_catalog',
        'shop, pg_temp, pg_catalog',
        'pg_temp, evil, shop, pg_catalog',
        'information_schema, evil, shop, pg_catalog',
      ]) {
        await client.query(`set search_path = ${path}`)
        const shown = await attack(client, `select decode('00', 'hex') as shown, 1 + 1 as sum`)
        if (/evil.*pg_catalog/.test(path))
          assert.deepEqual(shown.rows, [{ shown: 'evil', sum: 666 }], 'control: they are found')
        await client.query(`select pg_catalog.set_config('tenantry.lease', '', false)`)
        for (const lease of ['', 'evil', forge(), '00'.repeat(60)]) {
          await client.query(`select pg_catalog.set_config('tenantry.lease', $1, false)`, [lease])
          const outcome = await attackInVain(placement, client, 'select name from shop.secrets')
          assert.notEqual(outcome.code, undefined, `${path}: ${lease} was believed`)
        }
        await hold(placement, client)
        const { rows, said } = await attackInVain(placement, client, 'select name from shop.secrets')
        assert.equal(rows.length, 5, `${path}: ${said}`)
        const written = await attackInVain(
          placement,
          client,
          `insert into shop.codes (code) values ('${path}') returning tenantry_tenant as t`,
        )
        assert.deepEqual(written.rows, [{ t: own }], path)
      }
      await client.query('reset all')
    })

    it('look-alikes in a search path that a tenant left behind are not found by the pool’s own statements', async () => {
      const pool = placement.pool({ max: 1 })
      await inScope(own, async () => {
        const left = await pool.connect()
        await left.query('set search_path = evil, shop, pg_catalog')
        const { rows } = await left.query('select name from shop.secrets')
        assert.equal(rows.length, 5)
        left.release()
      })
      await inScope(foreign, async () => {
        const { rows } = await pool.query('select name, 1 + 1 as sum from secrets')
        assert.equal(rows.length, 5)
        assert.ok(rows.every(({ name, sum }) => name.startsWith(canaryOf(foreign)) && sum === 2))
      })
    })

    it('what only a superuser may set, the service cannot set, by no way in', async () => {
      const { rows } = await placement.admin.query<{ name: string }>(
        `select name from pg_settings where context in ('superuser', 'superuser-backend', 'sighup', 'postmaster', 'internal')`,
      )
      assert.ok(rows.length > 100)
      for (const { name } of rows) {
        for (const text of [
          `select set_config('${name}', current_setting('${name}'), false)`,
          `alter role current_user set "${name}" = '1'`,
        ]) {
          const { code } = await attack(client, text)
          assert.ok(code !== undefined, text)
        }
      }
    })
  })
}
