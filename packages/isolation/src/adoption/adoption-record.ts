import type { ClientBase } from 'pg'
import type { AdoptionMode } from './adoption-mode.ts'
import type { AdoptedTable } from './adoption-policy.ts'

/** A table that was adopted, as the database has it now: by what name, and under which policy. */
export interface AdoptionRecord extends AdoptedTable {
  readonly mode: AdoptionMode
  readonly hadSecurity: boolean
  readonly wasForced: boolean
}

/**
 * What was adopted in a database and is still under its policy, by name; nothing where there is no record. A table that was
 * renamed since, or its column, has its new name. One whose policy somebody dropped or switched off is not among them.
 */
export async function readAdoption(client: ClientBase): Promise<AdoptionRecord[]> {
  if (!(await hasRecord(client))) return []
  const { rows } = await client.query<AdoptionRecord>(
    `select distinct n.nspname as schema, c.relname as name, r.rolname as role, a.attname as column,
       format_type(a.atttypid, null) as type, d.mode, d.had_security as "hadSecurity", d.was_forced as "wasForced"
     from tenantry.adopted d
     join pg_class c on c.oid = d.relation and c.relrowsecurity
     join pg_namespace n on n.oid = c.relnamespace
     join pg_policy p on p.polrelid = c.oid and p.polname = 'tenantry_adopted'
     join pg_roles r on r.oid = d.role and array[r.oid] = p.polroles
     join pg_depend e on e.classid = 'pg_policy'::regclass and e.objid = p.oid
       and e.refclassid = 'pg_class'::regclass and e.refobjid = c.oid and e.refobjsubid > 0
     join pg_attribute a on a.attrelid = c.oid and a.attnum = e.refobjsubid
     order by 1, 2`,
  )
  return rows
}

/** What the services of each adopted role do with requests that are for no tenant. */
export async function readRequestModes(client: ClientBase): Promise<ReadonlyMap<string, AdoptionMode>> {
  if (!(await hasRecord(client))) return new Map()
  const { rows } = await client.query<{ role: string; mode: AdoptionMode }>(
    `select r.rolname as role, d.request_mode as mode
     from tenantry.adopted_roles d join pg_roles r on r.oid = d.role order by 1`,
  )
  return new Map(rows.map(({ role, mode }) => [role, mode]))
}

/** True where `tenantry adopt` was here, and was not undone. */
export async function hasRecord(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query(`select where to_regclass('tenantry.adopted') is not null`)
  return rows.length > 0
}
