import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import {
  attack,
  attackInVain,
  canaryOf,
  connectLeased,
  foreign,
  hold,
  own,
  plantCanaries,
  requireNothingForeign,
  requireRefused,
} from '../attacker.ts'
import { createPlacements, type Placement, type RawClient } from '../placements.ts'
import { protectedTables } from '../schema.ts'

/** Calls a function of one `int4` or `oid` by the protocol's message for it, past all SQL, and gives the answer. */
function callFunction(client: RawClient, oid: number, argument: number): Promise<string> {
  // Format codes: none given, so text; then one argument.
  const text = Buffer.from(String(argument))
  const body = Buffer.concat([
    int4(oid),
    Buffer.from([0, 0, 0, 1]),
    int4(text.length),
    text,
    Buffer.from([0, 1]),
  ])
  const { stream } = client.connection
  return new Promise((resolve) => {
    stream.on('data', (data) => resolve(data.toString('latin1')))
    stream.write(Buffer.concat([Buffer.from('F'), int4(body.length + 4), body]))
  })
}

function int4(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const placements = await createPlacements()
after(() => placements.remove())

for (const kind of ['pool', 'silo'] as const) {
  describe(`what may be inferred of another tenant, from a ${kind} database, with one tenant’s lease`, () => {
    let placement: Placement
    let client: RawClient

    before(async () => {
      placement = placements[kind]
      await plantCanaries(placement)
      client = await connectLeased(placement)
    })

    const foreignRow = async (table: string) => {
      const { rows } = await placement.admin.query<Record<string, string>>(
        `select * from shop.${table} where tenantry_tenant = $1 limit 1`,
        [foreign],
      )
      return rows[0] ?? assert.fail(`nothing is planted in ${table}`)
    }

    it('5. a value that another tenant has is as free as one that nobody has', async () => {
      const taken = canaryOf(foreign)
      for (const code of [`${taken}-1`, 'nobody’s']) {
        const { code: error } = await attack(
          client,
          `begin; insert into codes (code, note) values ('${code}', 'note of ${code}'); rollback`,
        )
        assert.equal(error, undefined, code)
      }
      const { rows } = await placement.admin.query(
        `select x.indexrelid::regclass::text as index from pg_index x join pg_class t on t.oid = x.indrelid
         join pg_attribute a on a.attrelid = t.oid and a.attname = 'tenantry_tenant'
         where t.relnamespace = 'shop'::regnamespace and x.indisunique and x.indkey[0] <> a.attnum`,
      )
      // Residual: a key that is one uuid stays as declared; only who knows a foreign one learns that it is taken.
      assert.deepEqual(rows.map(({ index }) => index).sort(), ['shop.parts_pkey', 'shop.secrets_pkey'])
    })

    it('5. residual: of a primary key that is one uuid, the very value tells that it is taken, and no more', async () => {
      const { id } = await foreignRow('secrets')
      const text = (uuid: unknown) => `insert into secrets (id, name) values ('${uuid}', 'x')`
      await requireRefused(placement, client, text(id), ['23505'])
      const silent = await attackInVain(placement, client, `${text(id)} on conflict do nothing returning id`)
      assert.deepEqual(silent.rows, [])
      const { code } = await attack(client, `begin; ${text(randomUUID())}; rollback`)
      assert.equal(code, undefined)
    })

    it('6. a foreign key finds only the tenant’s own rows, and nothing cascades out of it', async () => {
      const { id } = await foreignRow('secrets')
      await requireRefused(placement, client, `insert into parts (secret, label) values ('${id}', 'x')`, [
        '23503',
      ])
      await requireRefused(placement, client, `update parts set secret = '${id}'`, ['23503'])
      await attackInVain(placement, client, 'begin; delete from secrets; rollback')
      await attackInVain(placement, client, 'begin; update secrets set id = gen_random_uuid(); rollback')
      const unscoped = await placement.admin.query(
        `select conname from pg_constraint c where contype = 'f' and connamespace = 'shop'::regnamespace
           and (select attname from pg_attribute where attrelid = conrelid and attnum = conkey[1]) <> 'tenantry_tenant'`,
      )
      assert.deepEqual(unscoped.rows, [])
    })

    it('6. whether a foreign key’s target is another’s or nobody’s cannot be told apart', async () => {
      const { id } = await foreignRow('secrets')
      const refusal = async (uuid: unknown) => {
        const { said } = await attack(client, `insert into parts (secret, label) values ('${uuid}', 'x')`)
        return said.replaceAll(String(uuid), 'id').replace(/"length":\d+/, '')
      }
      assert.equal(await refusal(id), await refusal(randomUUID()))
    })

    it('7. residual: plans and statistics tell how much there is; statistics’ values are hidden', async () => {
      for (const text of [
        'select * from pg_stats',
        'select * from pg_stats_ext',
        'select * from pg_stats_ext_exprs',
        'select * from pg_statistic',
        'select * from pg_statistic_ext_data',
      ]) {
        const outcome = await attackInVain(placement, client, text)
        const shown = outcome.rows.filter(
          ({ schemaname, tablename }) => schemaname === 'shop' && tablename !== 'countries',
        )
        assert.deepEqual(shown, [], text)
      }
      for (const text of [
        `select relname, reltuples from pg_class`,
        'select * from pg_stat_user_tables',
        'select * from pg_stat_all_indexes',
        `select pg_relation_size('shop.secrets'), pg_stat_get_live_tuples('shop.secrets'::regclass)`,
        `select currtid2('shop.secrets', '(0,1)')`,
      ]) {
        assert.equal((await attackInVain(placement, client, text)).code, undefined, text)
      }
    })

    it('8. what errs or tells on a row is asked of the tenant’s own rows alone', async () => {
      const own20 = `length(name) - length('${canaryOf(foreign)}-7')`
      for (const text of [
        `select * from secrets where 1 / (case when name like '%${foreign}%' then 0 else 1 end) = 1`,
        `select divide(1, case when name like '%${foreign}%' then 0 else 1 end) from secrets`,
        `select * from secrets where (case when name like '%${foreign}%' then name else '1' end)::int > 0 or true`,
        `select case when name like '%${foreign}%' then name::int end from secrets`,
        `select * from secrets where name ~ 'bee' and name::int = 1`,
        `select * from secrets join codes on (case when code like '%${foreign}%' then code else '1' end)::int = 1`,
        `select * from secrets where jsonb_path_exists(body, '$.x ? (@ > 1)') or ${own20} > 100`,
        `update secrets set amount = 1 / (case when name like '%${foreign}%' then 0 else 1 end) where false or amount > 99`,
        `delete from secrets where 1 / (case when name like '%${foreign}%' then 0 else 1 end) < 0`,
        `select max(case when name like '%${foreign}%' then name::xml::text else '' end) from secrets`,
        `select regexp_replace(name, '(bee)', '\\1') from secrets where name similar to '%${foreign}%'`,
      ]) {
        const { code, rows } = await attackInVain(placement, client, text)
        assert.equal(code, undefined, text)
        assert.ok(rows.length <= 400)
      }
    })

    it('8. the same under every way of joining and scanning, and in parallel', async () => {
      const planner = [
        'seqscan',
        'indexscan',
        'bitmapscan',
        'hashjoin',
        'mergejoin',
        'nestloop',
        'material',
        'sort',
        'tidscan',
      ]
      for (const off of [...planner.map((name) => `enable_${name} = off`), 'debug_parallel_query = on']) {
        await client.query(`set ${off}; set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
          set min_parallel_table_scan_size = 0; set max_parallel_workers_per_gather = 4`)
        for (const [table, column] of Object.entries(protectedTables)) {
          const text = `select count(*)::int as n, string_agg(distinct a.${column}, ',') as all from ${table} a
            join ${table} b using (${column}) where a.${column} >= 'canary' and 1 / (case when a.${column} like '%${foreign}%' then 0 else 1 end) = 1`
          const { rows, code } = await attackInVain(placement, client, text)
          assert.deepEqual([code, rows[0]?.n], [undefined, 20], `${off}: ${text}`)
        }
        await client.query('discard all')
        await hold(placement, client)
      }
    })

    it('10. residual: names and load of sessions are shared, what they say is not', async () => {
      const other = await connectLeased(placement)
      await hold(placement, other, foreign)
      await attack(other, `select '${canaryOf(foreign)}' from secrets`)
      const busy = attack(other, `select '${canaryOf(foreign)}', pg_sleep(0.3)`)
      for (const text of [
        'select * from pg_stat_activity',
        'select * from pg_stat_get_activity(null)',
        'select * from pg_locks',
        'select * from pg_cursors',
        'select * from pg_prepared_xacts',
        'select * from pg_stat_progress_copy',
        'select * from pg_stat_xact_user_tables',
        'select * from pg_stat_database',
        'select * from pg_get_backend_memory_contexts()',
        'select pg_log_backend_memory_contexts(pg_backend_pid())',
        'select * from pg_shmem_allocations',
        'select * from pg_stat_replication',
        'select * from pg_prepared_statements',
        'select * from pg_prepared_statement()',
        'select * from pg_file_settings',
        'select * from pg_hba_file_rules',
        'select * from pg_stat_wal_receiver',
        'select pg_current_logfile()',
        'select * from pg_ls_logdir()',
        `select pg_read_file('postgresql.auto.conf')`,
      ]) {
        await attackInVain(placement, client, text)
      }
      const { rows } = await attack(client, `select query from pg_stat_activity where usename = current_user`)
      assert.ok(
        rows.every(
          ({ query }) =>
            !query || query === '<command string not shown>' || query === '<disabled>' || query === '',
        ),
      )
      await busy
    })

    it('10. residual: advisory locks and channels are shared; large objects are out of reach', async () => {
      const other = await connectLeased(placement)
      await hold(placement, other, foreign)
      await other.query('select pg_advisory_lock(42)')
      assert.deepEqual((await attack(client, 'select pg_try_advisory_lock(42) as free')).rows, [
        { free: false },
      ])
      await other.query('select pg_advisory_unlock_all()')
      for (const text of [
        'select lo_creat(-1)',
        'select lo_create(0)',
        `select lo_from_bytea(0, 'x')`,
        'select lo_open(1953391001, 262144)',
        'select lo_get(1953391001)',
        'select lo_get(1953391001, 0, 128)',
        `select lo_put(1953391256, 0, '\\x00')`,
        'select lo_unlink(1953391001)',
        `select lo_import('/etc/hostname')`,
        `select lo_export(1953391001, '/tmp/x')`,
        'select * from pg_largeobject',
        'grant select on large object 1953391001 to public',
        'alter large object 1953391001 owner to current_user',
        `comment on large object 1953391001 is 'x'`,
      ]) {
        await requireRefused(placement, client, text, ['42501'])
      }
      for (const text of [
        'select loread(0, 100)',
        'select lo_lseek(0, 0, 0)',
        'select lo_close(0)',
        `select lowrite(0, 'x')`,
      ]) {
        await requireRefused(placement, client, text, ['42704'])
      }
    })

    it('10. the protocol’s own call of a function is refused as the statement would be', async () => {
      const { rows } = await placement.admin.query<{ oid: number }>(
        `select f::regprocedure::oid::int as oid from unnest(array['lo_get(oid)', 'lo_unlink(oid)']) f`,
      )
      for (const { oid } of rows) {
        assert.match(
          await callFunction(await placement.connect(), oid, 1_953_391_001),
          /42501.*permission denied/s,
        )
      }
    })

    it('sequences tell how busy others are, and not more', async () => {
      for (const text of [
        'select * from tickets_id_seq',
        `select setval('tickets_id_seq', 1)`,
        'alter sequence tickets_id_seq restart',
        `select pg_get_sequence_data('tickets_id_seq')`,
      ]) {
        const { code, said } = await attackInVain(placement, client, text)
        assert.ok(code !== undefined || !/[1-9]/.test(JSON.stringify(said)), text)
      }
    })

    it('two leases never meet in one statement: the first that is looked at is the statement’s', async () => {
      const theirs = placement.leaseOf(client, foreign, { expiresAtMs: Date.now() - 1 })
      const outcome = await attackInVain(
        placement,
        client,
        `select set_config('tenantry.lease', '${theirs}', false), name from secrets`,
      )
      requireNothingForeign(outcome, 'a lease that changes inside a statement')
      await hold(placement, client, own)
    })
  })
}
