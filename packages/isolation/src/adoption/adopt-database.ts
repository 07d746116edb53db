import { TenantryError } from '@tenantry/context'
import type { ClientBase } from 'pg'
import { inLockedTransaction, inTransaction } from '../database/in-transaction.ts'
import { readKeyIds, replaceKeys } from '../database/install-keys.ts'
import { roles } from '../database/isolation-roles.ts'
import { rolesSql } from '../database/isolation-schema.ts'
import type { LeaseBinding } from '../database/lease-check.ts'
import { isKeyObject } from '../database/revoke-tenant.ts'
import type { DatabaseKey } from '../database/tenant-key.ts'
import type { AdoptionMode } from './adoption-mode.ts'
import {
  adoptTableSql,
  dropPoliciesSql,
  qualifiedName,
  releaseTableSql,
  switchTableSql,
} from './adoption-policy.ts'
import { type AdoptionRecord, hasRecord, readAdoption } from './adoption-record.ts'
import { adoptionSql, grantAdoptionSql, revokeAdoptionSql } from './adoption-schema.ts'
import type { AdoptionTarget } from './adoption-target.ts'
import type { AdoptionPlan } from './plan-adoption.ts'

/** How the tables of a plan are adopted. */
export interface AdoptionOptions {
  readonly keys?: readonly DatabaseKey[]
  readonly binding?: LeaseBinding
  /** These tables of the plan, by name; all without it. */
  readonly only?: readonly string[]
}

/**
 * Brings the tables of a plan under Tenantry in mode `observe`: everything runs as before. Tables that are adopted already
 * keep their mode. `client` is a superuser. Throws `ADOPT_OTHER_ROLE` for a table that was adopted for another role,
 * `ADOPT_NO_TABLE` for one that is not in the plan, and `ADOPT_BUSY` where a lock is not to be had within 3 s. Keys may come later, with `installKeys`: until then no lease is a good one.
 */
export async function adoptDatabase(
  client: ClientBase,
  { target, tables }: AdoptionPlan,
  { keys, binding = 'connection', only }: AdoptionOptions = {},
): Promise<void> {
  const missing = only?.find((wanted) => !tables.some(({ name }) => name === wanted))
  if (missing !== undefined) throw notPlanned(missing, target)
  await client.query(rolesSql)
  await inShortLocks(client, async () => {
    await client.query(adoptionSql(binding))
    await client.query(grantAdoptionSql(target.role))
    await client.query(
      `insert into tenantry.adopted_roles values (${roleOid('$1')}, 'observe') on conflict do nothing`,
      [target.role],
    )
    if (keys) await replaceKeys(client, keys)
    const known = new Map((await readAdoption(client)).map((table) => [qualifiedName(table), table.role]))
    for (const table of tables.filter(({ name }) => only?.includes(name) ?? true)) {
      const holder = known.get(qualifiedName(table))
      if (holder !== undefined && holder !== target.role) throw ofOtherRole(table.name, holder)
      if (holder !== undefined) continue
      // One whose policy somebody dropped may have the other, and has a record, which knows how it was before us.
      const statements = [...dropPoliciesSql(table), ...adoptTableSql(table, { mode: 'observe', ...table })]
      for (const sql of statements) await client.query(sql)
      await client.query(
        `insert into tenantry.adopted values ($1::regclass, ${roleOid('$2')}, 'observe', $3, $4)
         on conflict (relation) do update set role = excluded.role, mode = excluded.mode`,
        [qualifiedName(table), table.role, table.hadSecurity, table.wasForced],
      )
    }
  })
}

/** One service's part of what was adopted in a database. */
export type AdoptionPart = Pick<AdoptionTarget, 'schema' | 'role'>

/** What is switched: tables by name, requests that are for no tenant, or with neither all of both. */
export interface AdoptionSwitch {
  readonly tables?: readonly string[]
  readonly requests?: boolean
  /** Of this service alone; of all that the database has without it. */
  readonly part?: AdoptionPart
}

/**
 * Switches adopted tables to a mode, which every connection meets at its next statement, and what services do with requests
 * that are for no tenant, which they see within 3 s.
 * Throws `ADOPT_NO_TABLE` for one that is not adopted, `ADOPT_NO_KEY` for `enforce` while the database has no key: then every
 * statement would be refused; and `ADOPT_BUSY`.
 */
export async function switchAdoption(
  client: ClientBase,
  mode: AdoptionMode,
  { tables, requests, part }: AdoptionSwitch = {},
): Promise<void> {
  // With neither, all of both.
  const isSwitched = ({ name }: AdoptionRecord) => tables?.includes(name) ?? !requests
  await inShortLocks(client, async () => {
    const adopted = (await readAdoption(client)).filter(isOf(part))
    const missing = tables?.find((wanted) => !adopted.some(({ name }) => name === wanted))
    if (missing !== undefined || adopted.length === 0) throw notAdopted(missing)
    if (mode === 'enforce' && (await readKeyIds(client)).length === 0) throw noKey()
    if (requests || tables === undefined) {
      await client.query(
        `update tenantry.adopted_roles set request_mode = $1 where $2::name is null or role = ${roleOid('$2')}`,
        [mode, part?.role],
      )
    }
    for (const table of adopted.filter(isSwitched)) {
      await client.query(switchTableSql(table, mode))
      await client.query('update tenantry.adopted set mode = $2 where relation = $1::regclass', [
        qualifiedName(table),
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

/**
 * Gives back as it was what a service adopted, or without `part` the database. With the last of it go schema, keys,
 * functions and roles of ours. Throws `ADOPT_IN_USE` where services of Tenantry live
 * in the database as well, and `ADOPT_BUSY`.
 */
export async function undoAdoption(client: ClientBase, part?: AdoptionPart): Promise<void> {
  const isLast = await inShortLocks(client, async () => {
    const { rows: others } = await client.query(`select where to_regclass('tenantry.migrations') is not null`)
    if (others.length > 0) throw inUse()
    if ((await hasRecord(client)) && !(await releaseTables(client, part))) return false
    await client.query(`select lo_unlink(oid) from pg_largeobject_metadata where ${isKeyObject}`)
    await client.query('drop schema if exists tenantry cascade')
    return true
  })
  if (!isLast) return
  for (const role of Object.values(roles)) {
    // Another database of the server may need it.
    await inTransaction(client, () => client.query(`drop role if exists ${role}`)).catch(leaveUsed)
  }
}

type Released = Pick<AdoptionRecord, 'schema' | 'name' | 'role' | 'hadSecurity' | 'wasForced'>

/**
 * Gives tables back by the record alone, those too whose policy somebody dropped or switched off. Resolves with true when none is left
 * on record.
 */
async function releaseTables(client: ClientBase, part: AdoptionPart | undefined): Promise<boolean> {
  const { rows } = await client.query<Released>(
    `select n.nspname as schema, c.relname as name, r.rolname as role, d.had_security as "hadSecurity", d.was_forced as "wasForced"
     from tenantry.adopted d join pg_class c on c.oid = d.relation join pg_namespace n on n.oid = c.relnamespace
     left join pg_roles r on r.oid = d.role`,
  )
  for (const table of rows.filter(isOf(part))) {
    for (const sql of releaseTableSql(table, table)) await client.query(sql)
    await client.query('delete from tenantry.adopted where relation = $1::regclass', [qualifiedName(table)])
  }
  const { rows: idle } = await client.query<{ role: string }>(
    `delete from tenantry.adopted_roles d using pg_roles r
     where r.oid = d.role and not exists (select from tenantry.adopted a where a.role = d.role) returning r.rolname as role`,
  )
  for (const { role } of idle) await client.query(revokeAdoptionSql(role))
  const { rows: left } = await client.query(
    'select from tenantry.adopted d join pg_class c on c.oid = d.relation',
  )
  return left.length === 0
}

function isOf(part: AdoptionPart | undefined): (table: AdoptionPart) => boolean {
  return ({ schema, role }) => part === undefined || (schema === part.schema && role === part.role)
}

function roleOid(parameter: string): string {
  return `(select oid from pg_roles where rolname = ${parameter})`
}

// A change of a policy waits for every statement that is under way on its table, and everything that comes later waits behind it.
const lockWaitMaxMs = 3_000

/** The same as `inLockedTransaction`; gives up with `ADOPT_BUSY`, and nothing changed, rather than hold up a service. */
function inShortLocks<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  return inLockedTransaction(client, async () => {
    await client.query(`set local lock_timeout = ${lockWaitMaxMs}`)
    return work()
  }).catch((error: Error & { code?: string }) => {
    throw error.code === '55P03' ? busy(error) : error
  })
}

function leaveUsed(error: Error & { code?: string }): void {
  if (error.code !== '2BP01') throw error
}

function notAdopted(name: string | undefined): TenantryError {
  const message = name === undefined ? 'no table of this database was adopted' : `\`${name}\` was not adopted`
  return new TenantryError('ADOPT_NO_TABLE', message, { help: 'run `tenantry adopt --apply` first' })
}

function notPlanned(name: string, { schema, column }: AdoptionTarget): TenantryError {
  const message = `there is no table \`${name}\` with a column \`${column}\` in \`${schema}\``
  return new TenantryError('ADOPT_NO_TABLE', message, {
    help: 'run `tenantry adopt` without more: its plan names them',
  })
}

function ofOtherRole(name: string, role: string): TenantryError {
  // The policies of one role would leave the other where it was.
  return new TenantryError('ADOPT_OTHER_ROLE', `\`${name}\` was adopted for the role \`${role}\``, {
    help: 'let all services that use the table connect as that role, or `--undo` first',
  })
}

function noKey(): TenantryError {
  return new TenantryError('ADOPT_NO_KEY', 'this database has no key to verify leases with', {
    help: 'start the control plane, which installs the keys of declared databases, or run `tenantry adopt --keys` beside it',
  })
}

function busy(cause: Error): TenantryError {
  return new TenantryError('ADOPT_BUSY', `a table is in use for longer than ${lockWaitMaxMs / 1_000} s`, {
    help: 'nothing was changed: run it again when long statements are over, or one `--table` at a time',
    cause,
  })
}

function inUse(): TenantryError {
  return new TenantryError('ADOPT_IN_USE', 'this database is a placement: services of Tenantry live in it', {
    help: 'leave it; only what was adopted can be given back',
  })
}
