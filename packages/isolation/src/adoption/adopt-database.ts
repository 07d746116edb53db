import { TenantryError } from '@tenantry/context'
import type { ClientBase } from 'pg'
import { inLockedTransaction, inTransaction } from '../database/in-transaction.ts'
import { readKeyIds, replaceKeys } from '../database/install-keys.ts'
import { roles } from '../database/isolation-roles.ts'
import { rolesSql } from '../database/isolation-schema.ts'
import type { LeaseBinding } from '../database/lease-check.ts'
import { isKeyObject } from '../database/revoke-tenant.ts'
import type { DatabaseKey } from '../lease/tenant-key.ts'
import type { AdoptionMode } from './adoption-mode.ts'
import {
  type AdoptedTable,
  adoptTableSql,
  qualifiedName,
  releaseTableSql,
  switchTableSql,
} from './adoption-policy.ts'
import { adoptionSql, grantAdoptionSql, revokeAdoptionSql } from './adoption-schema.ts'
import type { AdoptionPlan } from './plan-adoption.ts'

/** A table that was adopted, as the database has it on record. */
export interface AdoptionRecord extends AdoptedTable {
  readonly mode: AdoptionMode
  readonly hadSecurity: boolean
  readonly wasForced: boolean
}

/**
 * Brings the tables of a plan under Tenantry in mode `observe`: everything runs as before. Tables that are adopted already
 * keep their mode. `client` is a superuser. Throws `ADOPT_OTHER_ROLE` for a table that was adopted for another role. Keys may come later, with `installKeys`: until then no lease is a good one.
 */
export async function adoptDatabase(
  client: ClientBase,
  { target, tables }: AdoptionPlan,
  { keys, binding = 'connection' }: { keys?: readonly DatabaseKey[]; binding?: LeaseBinding } = {},
): Promise<void> {
  await client.query(rolesSql)
  await inLockedTransaction(client, async () => {
    await client.query(adoptionSql(binding))
    await client.query(grantAdoptionSql(target.role))
    await client.query(`insert into tenantry.adopted_roles values ($1, 'observe') on conflict do nothing`, [
      target.role,
    ])
    if (keys) await replaceKeys(client, keys)
    const known = new Map((await readAdoption(client)).map((table) => [qualifiedName(table), table.role]))
    for (const table of tables) {
      const holder = known.get(qualifiedName(table))
      if (holder !== undefined && holder !== target.role) throw ofOtherRole(table.name, holder)
      if (holder !== undefined) continue
      for (const sql of adoptTableSql(table, { mode: 'observe', ...table })) await client.query(sql)
      const { schema, name, role, column, hadSecurity, wasForced } = table
      await client.query('insert into tenantry.adopted values ($1, $2, $3, $4, $5, $6, $7)', [
        ...[schema, name, role, column, 'observe'],
        ...[hadSecurity, wasForced],
      ])
    }
  })
}

/** What is switched: tables by name, requests that are for no tenant, or with neither all of both. */
export interface AdoptionSwitch {
  readonly tables?: readonly string[]
  readonly requests?: boolean
}

/**
 * Switches adopted tables to a mode, which every connection meets at its next statement, and what services do with requests
 * that are for no tenant, which they see within 3 s.
 * Throws `ADOPT_NO_TABLE` for one that is not adopted, and `ADOPT_NO_KEY` for `enforce` while the database has no key: then
 * every statement would be refused.
 */
export async function switchAdoption(
  client: ClientBase,
  mode: AdoptionMode,
  { tables, requests }: AdoptionSwitch = {},
): Promise<void> {
  // With neither, all of both.
  const isSwitched = ({ name }: AdoptionRecord) => tables?.includes(name) ?? !requests
  await inLockedTransaction(client, async () => {
    const adopted = await readAdoption(client)
    const missing = tables?.find((wanted) => !adopted.some(({ name }) => name === wanted))
    if (missing !== undefined || adopted.length === 0) throw notAdopted(missing)
    if (mode === 'enforce' && (await readKeyIds(client)).length === 0) throw noKey()
    if (requests || tables === undefined)
      await client.query('update tenantry.adopted_roles set request_mode = $1', [mode])
    for (const table of adopted.filter(isSwitched)) {
      await client.query(switchTableSql(table, mode))
      await client.query('update tenantry.adopted set mode = $3 where schema = $1 and name = $2', [
        table.schema,
        table.name,
        mode,
      ])
    }
  })
}

/**
 * What the service that connects as this client's role does with requests that are for no tenant; `undefined` where nothing was
 * adopted for it.
 */
export async function readRequestMode(client: Pick<ClientBase, 'query'>): Promise<AdoptionMode | undefined> {
  const { rows } = await client.query<{ mode: AdoptionMode | null }>('select tenantry.request_mode() as mode')
  return rows[0]?.mode ?? undefined
}

/** What the services of each adopted role do with requests that are for no tenant. */
export async function readRequestModes(client: ClientBase): Promise<ReadonlyMap<string, AdoptionMode>> {
  const { rows: known } = await client.query(`select where to_regclass('tenantry.adopted_roles') is not null`)
  if (known.length === 0) return new Map()
  const { rows } = await client.query<{ role: string; mode: AdoptionMode }>(
    'select role, request_mode as mode from tenantry.adopted_roles order by role',
  )
  return new Map(rows.map(({ role, mode }) => [role, mode]))
}

/** What was adopted in a database, by name; nothing where there is no record. */
export async function readAdoption(client: ClientBase): Promise<AdoptionRecord[]> {
  const { rows: known } = await client.query(`select where to_regclass('tenantry.adopted') is not null`)
  if (known.length === 0) return []
  const { rows } = await client.query<AdoptionRecord>(
    `select d.schema, d.name, d.role, d.tenant_column as column, format_type(a.atttypid, null) as type, d.mode,
       d.had_security as "hadSecurity", d.was_forced as "wasForced"
     from tenantry.adopted d
     join pg_class c on c.relname = d.name and c.relnamespace = to_regnamespace(quote_ident(d.schema))
     join pg_attribute a on a.attrelid = c.oid and a.attname = d.tenant_column and not a.attisdropped
     order by d.schema, d.name`,
  )
  return rows
}

/**
 * Gives a database back as it was before it was adopted: tables without our policies, and no schema, key, function or role
 * of ours. Throws `ADOPT_IN_USE` where services of Tenantry live in it as well.
 */
export async function undoAdoption(client: ClientBase): Promise<void> {
  await inLockedTransaction(client, async () => {
    const { rows: others } = await client.query(`select where to_regclass('tenantry.migrations') is not null`)
    if (others.length > 0) throw inUse()
    const adopted = await readAdoption(client)
    for (const table of adopted) for (const sql of releaseTableSql(table, table)) await client.query(sql)
    for (const role of new Set(adopted.map((table) => table.role)))
      await client.query(revokeAdoptionSql(role))
    await client.query(`select lo_unlink(oid) from pg_largeobject_metadata where ${isKeyObject}`)
    await client.query('drop schema if exists tenantry cascade')
  })
  for (const role of Object.values(roles)) {
    // Another database of the server may need it.
    await inTransaction(client, () => client.query(`drop role if exists ${role}`)).catch(leaveUsed)
  }
}

function leaveUsed(error: Error & { code?: string }): void {
  if (error.code !== '2BP01') throw error
}

function notAdopted(name: string | undefined): TenantryError {
  const message = name === undefined ? 'no table of this database was adopted' : `\`${name}\` was not adopted`
  return new TenantryError('ADOPT_NO_TABLE', message, { help: 'run `tenantry adopt --apply` first' })
}

function ofOtherRole(name: string, role: string): TenantryError {
  // The policies of one role would leave the other where it was.
  return new TenantryError('ADOPT_OTHER_ROLE', `\`${name}\` was adopted for the role \`${role}\``, {
    help: 'let all services that use the table connect as that role, or `--undo` first',
  })
}

function noKey(): TenantryError {
  return new TenantryError('ADOPT_NO_KEY', 'this database has no key to verify leases with', {
    help: 'run `tenantry adopt --apply` where the control plane runs: it installs the keys',
  })
}

function inUse(): TenantryError {
  return new TenantryError('ADOPT_IN_USE', 'this database is a placement: services of Tenantry live in it', {
    help: 'leave it; only what was adopted can be given back',
  })
}
