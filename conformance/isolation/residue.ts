import type { PoolClient } from 'pg'

/** Something that a tenant leaves on its connection, by whatever is not refused. */
export interface Residue {
  readonly name: string
  readonly statements: readonly string[]
}

const set = (name: string, value: string): Residue => ({ name, statements: [`set ${name} = ${value}`] })

/** Each way that is known to leave something on a connection; what the server refuses is tried all the same. */
export const residues: readonly Residue[] = [
  set('search_path', 'pg_catalog'),
  set('client_encoding', `'SQL_ASCII'`),
  set('client_encoding', `'SJIS'`),
  set('standard_conforming_strings', 'off'),
  set('backslash_quote', 'on'),
  set('escape_string_warning', 'off'),
  set('bytea_output', `'escape'`),
  set('timezone', `'Asia/Tokyo'`),
  set('datestyle', `'SQL, DMY'`),
  set('intervalstyle', `'iso_8601'`),
  set('extra_float_digits', '-15'),
  set('row_security', 'off'),
  set('plan_cache_mode', 'force_generic_plan'),
  set('transform_null_equals', 'on'),
  set('array_nulls', 'off'),
  set('xmlbinary', 'hex'),
  set('quote_all_identifiers', 'on'),
  set('application_name', `'left by a tenant'`),
  set('statement_timeout', '9999'),
  set('lock_timeout', '9999'),
  set('idle_session_timeout', '99999'),
  set('default_transaction_read_only', 'on'),
  set('default_transaction_isolation', `'serializable'`),
  set('client_min_messages', `'debug5'`),
  set('debug_print_plan', 'on'),
  set('log_parameter_max_length_on_error', '-1'),
  set('work_mem', '65'),
  set('enable_seqscan', 'off'),
  set('debug_parallel_query', 'on'),
  set('exit_on_error', 'off'),
  { name: 'a lease', statements: [`select set_config('tenantry.lease', '00', false)`] },
  { name: 'a setting by a function', statements: [`select set_config('search_path', 'pg_temp', false)`] },
  { name: 'session characteristics', statements: ['set session characteristics as transaction read only'] },
  { name: 'a setting in a transaction', statements: ['begin', `set timezone = 'Asia/Tokyo'`, 'commit'] },
  {
    name: 'a setting with a select',
    statements: [`with x as (select set_config('datestyle', 'German', false)) table x`],
  },
  {
    name: 'a held cursor',
    statements: ['begin', 'declare held cursor with hold for select 1 as one', 'commit'],
  },
  {
    name: 'a held cursor at once',
    statements: [`declare held2 cursor with hold for select 'left by a tenant'`],
  },
  { name: 'a prepared statement', statements: [`prepare left_behind as select 'left by a tenant'`] },
  { name: 'a statement in place of another', statements: ['deallocate all', 'prepare s1 as select 1'] },
  { name: 'a channel', statements: ['listen left_behind', 'listen "tenantry"'] },
  { name: 'a message', statements: [`notify left_behind, 'left by a tenant'`] },
  {
    name: 'an advisory lock',
    statements: ['select pg_advisory_lock(4711)', 'select pg_advisory_lock_shared(4711, 1)'],
  },
  { name: 'an advisory lock in a sub-select', statements: ['select (select pg_try_advisory_lock(4712))'] },
  { name: 'a sequence’s value', statements: [`select nextval('tickets_id_seq')`] },
  { name: 'a role', statements: ['set role none', 'set session authorization default'] },
  { name: 'a temporary table', statements: ['create temp table left_behind (a int)'] },
  { name: 'a failed transaction', statements: ['begin', 'select 1 / 0', 'rollback'] },
  { name: 'a library', statements: [`load 'auto_explain'`] },
  {
    name: 'a reset of another’s',
    statements: ['reset all', 'discard plans', 'discard sequences', 'discard temp'],
  },
]

/** Leaves it all; nothing that the server refuses stops it. */
export async function leave(client: PoolClient, { statements }: Residue): Promise<void> {
  for (const statement of statements) await client.query(statement).catch(() => undefined)
}
