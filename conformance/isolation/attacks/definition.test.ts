import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { signLease } from '../../../packages/isolation/src/index.ts'
import { attackInVain, connectLeased, own, plantCanaries } from '../attacker.ts'
import { createPlacements, type Placement, type RawClient } from '../placements.ts'

const placements = await createPlacements()
after(() => placements.remove())

// What no statement of a service shows as long as everything else holds is looked up in the catalog.
describe('what the check is made of', () => {
  let placement: Placement
  let client: RawClient
  before(async () => {
    placement = placements.pool
    await plantCanaries(placement)
    client = await connectLeased(placement)
  })
  const catalog = async (text: string, values: unknown[] = []) =>
    (await placement.admin.query<Record<string, unknown>>(text, values)).rows

  it('the checks and the slow check belong to the keeper, are STABLE, and are found with pg_temp last or not at all', async () => {
    const rows = await catalog(
      `select proname as name, pg_get_userbyid(proowner) as owner, provolatile as volatility, prosecdef as definer, proconfig as settings
       from pg_proc where pronamespace = 'tenantry'::regnamespace order by 1`,
    )
    assert.deepEqual(rows, [
      {
        name: 'central',
        owner: 'tenantry_keeper',
        volatility: 's',
        definer: true,
        settings: ['search_path=pg_catalog, pg_temp'],
      },
      {
        name: 'explain',
        owner: 'tenantry_keeper',
        volatility: 's',
        definer: false,
        settings: ['search_path=pg_catalog, pg_temp'],
      },
      { name: 'tenant', owner: 'tenantry_keeper', volatility: 's', definer: true, settings: null },
    ])
  })

  it('the keeper is nobody: it has no attribute, no member, and is a member of nothing', async () => {
    const [keeper] = await catalog(
      `select rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as powerful,
         exists (select from pg_auth_members m where r.oid in (m.roleid, m.member) and m.member <> 10) as related
       from pg_roles r where rolname = 'tenantry_keeper'`,
    )
    assert.deepEqual(keeper, { powerful: false, related: false })
  })

  it('a service may call none of the functions that reach large objects, sessions or prepared statements', async () => {
    const rows = await catalog(
      `select oid::regprocedure::text as name from pg_proc where pronamespace = 'pg_catalog'::regnamespace
         and proname in ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_open', 'lo_get', 'lo_put', 'lo_unlink',
           'lo_import', 'lo_export', 'pg_terminate_backend', 'pg_cancel_backend', 'pg_prepared_statement')
         and has_function_privilege($1, oid, 'execute')`,
      [placement.role],
    )
    assert.deepEqual(rows, [])
    const [others] = await catalog(
      `select has_table_privilege($1, 'pg_catalog.pg_prepared_statements', 'select') as prepared,
         has_language_privilege($1, 'plpgsql', 'usage') as code`,
      [placement.role],
    )
    assert.deepEqual(others, { prepared: false, code: false })
  })

  it('a service’s role sends nothing to activity, and only a superuser could change that', async () => {
    const rows = await catalog(
      `select array_to_string(setconfig, ';') as settings from pg_db_role_setting where setrole = $1::regrole`,
      [placement.role],
    )
    assert.match(String(rows[0]?.settings), /track_activities=off/)
    const { rows: shown } = await client.query('show track_activities')
    assert.deepEqual(shown, [{ track_activities: 'off' }])
  })

  it('a role whose name begins where another tenant’s ends gets no lease of it', async () => {
    const { role } = placement
    for (const [name, tenant] of [
      [role.slice(1), own + role.slice(0, 1)],
      [role.slice(4), own + role.slice(0, 4)],
      [own.slice(-1) + role, own.slice(0, -1)],
    ] as const) {
      const key = placement.tenantKey(tenant, { role: name })
      const lease = signLease({ ...key, tenant: own }, client.processID)
      await client.query(`select set_config('tenantry.lease', $1, false)`, [lease])
      const { code } = await attackInVain(placement, client, 'select name from secrets')
      assert.equal(code, 'TN002', `${name} and ${tenant}`)
    }
  })
})
