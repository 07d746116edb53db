import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { attack, connectLeased, foreign, hold, own, plantCanaries } from '../attacker.ts'
import { createPlacements, type Placement, type RawClient } from '../placements.ts'

const placements = await createPlacements()
after(() => placements.remove())

// Each pair asks for what one tenant has, and for what nobody has.
const pairs = [
  ['amount > 918272', 'amount > 918273'],
  ['amount between 918273 and 918273', 'amount between 918274 and 918274'],
  ['amount in (918273, 918274)', 'amount in (918274, 918275)'],
  ['amount = 918273', 'amount = 918274'],
  [`name >= 'pin 4' and name < 'pin 5'`, `name >= 'pin 5' and name < 'pin 6'`],
  [`name = any (array['pin 4711'])`, `name = any (array['pin 4712'])`],
  ['not (amount <> 918273)', 'not (amount <> 918274)'],
  ['starred', 'starred and amount = 918274'],
  ['due is not null', 'due is not null and amount = 918274'],
] as const

const scans = ['seqscan', 'indexscan', 'indexonlyscan', 'bitmapscan']

// Each brings a condition to the rows in another way.
const statements = (v: number) => [
  `select 1 from secrets where exists (select 1 from (values (${v})) x(a) where x.a < secrets.amount)`,
  `select 1 from (values (${v})) x(a) join secrets on secrets.amount > x.a`,
  `select 1 from (values (${v})) x(a), lateral (select 1 from secrets s where s.amount > x.a) y`,
  `select 1 from secret_names where amount > ${v}`,
  `select count(*) from secrets where amount > ${v}`,
  `select 1 from secrets where amount > ${v} for update`,
  `select max(amount) from secrets where amount > ${v}`,
  `select 1 from secrets tablesample system (100) where amount > ${v}`,
  `select 1 from secrets where amount > ${v} and ctid > '(0,0)'`,
  `select 1 from secrets where ctid = '(0,40)' and amount > ${v}`,
  `select 1 from codes right join secrets on true where amount > ${v}`,
  `select 1 from secrets a join secrets b on a.amount > b.amount and a.amount > ${v}`,
  `merge into secrets s using (values (${v})) x(a) on s.amount > x.a when matched then do nothing`,
  `select 1 where exists (select from secrets where amount > ${v})`,
  `select 1 where ${v} = any (select amount - 1 from secrets)`,
  `select 1 where ${v} in (select amount - 1 from secrets where amount > ${v})`,
  `select 1 from secrets where amount > ${v} order by amount limit 1`,
  `with recursive r as (select 1 as n union all select 1 from secrets, r where amount > ${v}) select 1 from r`,
  `select 1 from secrets where (amount > ${v}) is true`,
  `select 1 from secrets where coalesce(amount, 0) > ${v}`,
  `select 1 from secrets where case when amount > ${v} then true else false end`,
  `select 1 from secrets where amount > ${v} or amount < -1`,
  `select 1 from secrets where greatest(amount, 0) > ${v}`,
  `select 1 from secrets where row(amount, name) > row(${v}, 'a')`,
  `select 1 from secrets where amount + 0 > ${v}`,
]

const planners = [
  'enable_hashjoin = off; set enable_mergejoin = off',
  'enable_nestloop = off',
  'enable_seqscan = off; set enable_indexscan = off; set enable_indexonlyscan = off',
  'plan_cache_mode = force_generic_plan; set jit_above_cost = 0',
  'debug_parallel_query = on; set parallel_setup_cost = 0; set min_parallel_table_scan_size = 0',
]

for (const kind of ['pool', 'silo'] as const) {
  describe(`when the check is asked, on a ${kind} database`, () => {
    let placement: Placement
    before(async () => {
      placement = placements[kind]
      await plantCanaries(placement)
      const { admin } = placement
      await admin.query(`alter table shop.secrets add column starred bool, add column due date`)
      await admin.query(
        'update shop.secrets set starred = false, id = uuid_in(overlay(id::text placing $1 from 1)::cstring)',
        ['0000'],
      )
      await admin.query(
        `insert into shop.secrets (tenantry_tenant, id, name, amount, starred, due)
         values ($1, '99999999-0000-0000-0000-000000000001', 'pin 4711', 918273, true, '2026-01-01')`,
        [foreign],
      )
      await admin.query('analyze shop.secrets')
    })

    /** Runs `ask` under each way of scanning alone. */
    const underEveryScan = async (client: RawClient, ask: (scan: string) => Promise<void>) => {
      for (const scan of scans) {
        for (const other of scans) await client.query(`set enable_${other} = ${other === scan}`)
        await ask(scan)
      }
    }

    it('without a lease, every condition that may hold for a row is an error, whether it holds or not', async () => {
      const client = await placement.connect()
      await underEveryScan(client, async (scan) => {
        for (const condition of pairs.flat()) {
          for (const verb of [
            'select 1 from secrets',
            'delete from secrets',
            'update secrets set amount = 1',
          ]) {
            const { code } = await attack(client, `begin; ${verb} where ${condition}`)
            await client.query('rollback')
            assert.equal(code, 'TN001', `${verb} where ${condition}, by ${scan}`)
          }
        }
      })
    })

    it('without a lease, no form of a statement tells whether a condition holds for anybody’s row', async () => {
      const client = await placement.connect()
      for (const planner of planners) {
        await client.query(`reset all; set ${planner}`)
        const absent = statements(918_273)
        for (const [index, statement] of statements(918_272).entries()) {
          const { code } = await attack(client, statement)
          const { code: otherwise } = await attack(client, absent[index] ?? '')
          assert.equal(code, otherwise, `${statement}, with ${planner}`)
        }
      }
    })

    it('with a lease, a plan that ran is the same for what another tenant has and for what nobody has', async () => {
      const client = await connectLeased(placement)
      await underEveryScan(client, async (scan) => {
        await hold(placement, client, own)
        for (const pair of pairs) {
          const plans = await Promise.all(
            pair.map(async (condition) => {
              const { rows } = await attack(
                client,
                `explain (analyze, costs off, timing off, summary off, buffers off) select 1 from secrets where ${condition}`,
              )
              // What is asked for is in the plan, and is not the answer.
              return rows
                .map((row) => String(row['QUERY PLAN']))
                .filter((line) => !/Cond:|Filter: |Searches/.test(line) || /Removed/.test(line))
            }),
          )
          assert.deepEqual(plans[0], plans[1], `${pair[0]}, by ${scan}`)
        }
      })
    })

    it('residual: where a primary key is one uuid, that one lies in a range can be found out, and no more of its row', async () => {
      const client = await placement.connect()
      await client.query(
        'set enable_seqscan = off; set enable_indexscan = off; set enable_indexonlyscan = off',
      )
      const from = `id >= '99999999-0000-0000-0000-000000000001'`
      for (const [more, code] of [
        ['', 'TN001'],
        [' and amount = 0', 'TN001'],
        [' and amount > 918273', 'TN001'],
      ] as const) {
        assert.equal((await attack(client, `select 1 from secrets where ${from}${more}`)).code, code)
      }
      const beyond = `id > '99999999-0000-0000-0000-000000000001'`
      const none = await attack(client, `select 1 from secrets where ${beyond}`)
      assert.deepEqual(none.rows, [])
    })

    it('a hashed index becomes an ordered one that begins with the tenant', async () => {
      const { rows } = await placement.admin.query<{ definition: string }>(
        `select indexdef as definition from pg_indexes where schemaname = 'shop' and tablename = 'codes' and indexname ~ 'note_idx'`,
      )
      assert.deepEqual(
        rows.map(({ definition }) => definition.replace(/.* USING /, '')),
        ['btree (tenantry_tenant, note)'],
      )
    })
  })
}
