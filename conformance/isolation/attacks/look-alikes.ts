import type { ClientBase } from 'pg'

// What the check, the column's default and the pool's own statements name, each to be found instead of PostgreSQL's own.
const functions = [
  [`decode(text, text)`, 'text', `select 'evil'::pg_catalog.text`],
  [`encode(bytea, text)`, 'text', `select 'bee'::pg_catalog.text`],
  [`current_setting(text, bool)`, 'text', `select '00'::pg_catalog.text`],
  [`current_setting(text)`, 'text', `select '00'::pg_catalog.text`],
  [`set_config(text, text, bool)`, 'text', `select 'evil'::pg_catalog.text`],
  [`substr(bytea, int, int)`, 'bytea', `select '\\x00'::pg_catalog.bytea`],
  [`substr(bytea, int)`, 'bytea', `select '\\x626565'::pg_catalog.bytea`],
  [`sha256(bytea)`, 'bytea', `select '\\x00'::pg_catalog.bytea`],
  [`length(bytea)`, 'int', 'select 100'],
  [`octet_length(text)`, 'int', 'select 1'],
  [`lo_get(oid)`, 'bytea', `select '\\x00'::pg_catalog.bytea`],
  [`lo_get(oid, bigint, int)`, 'bytea', `select '\\x00'::pg_catalog.bytea`],
  [`get_byte(bytea, int)`, 'int', 'select 0'],
  [`timestamptz_send(timestamptz)`, 'bytea', `select '\\x00'::pg_catalog.bytea`],
  [`int4send(int)`, 'bytea', `select '\\x00'::pg_catalog.bytea`],
  [`clock_timestamp()`, 'timestamptz', `select '1970-01-01'::pg_catalog.timestamptz`],
  [`pg_backend_pid()`, 'int', 'select 0'],
  [`hashtext(text)`, 'int', 'select 0'],
  [`hashtextextended(text, bigint)`, 'bigint', 'select 0::pg_catalog.int8'],
  [`get_bit(bytea, bigint)`, 'int', 'select 0'],
  [`tenant()`, 'text', `select 'bee'::pg_catalog.text`],
  [`explain(bytea, bool)`, 'text', `select 'bee'::pg_catalog.text`],
  [`pg_advisory_unlock_all()`, 'void', 'select null::pg_catalog.void'],
] as const

const comparisons = ['=', '<>', '<', '>', '<=', '>=']
const compared = ['bytea', 'text', 'int', 'bigint', 'name', 'oid', 'bool']
const domains = ['bytea', 'text', 'oid', 'int4', 'int8', 'name']

/**
 * Makes, as the superuser, a schema `evil` that everybody may use, the check's owner as well, with look-alikes of every
 * function, operator, type and relation that the check and the pool could mean.
 */
export async function plantLookAlikes(admin: ClientBase): Promise<void> {
  await admin.query('begin')
  await admin.query(`create schema evil; grant usage on schema evil to public`)
  for (const [signature, returns, body] of functions) {
    await admin.query(
      `create function evil.${signature} returns ${returns} language sql as $evil$ ${body} $evil$`,
    )
  }
  for (const type of compared) {
    const yes = `yes_${type}`
    await admin.query(
      `create function evil.${yes}(pg_catalog.${type}, pg_catalog.${type}) returns bool language sql as 'select true'`
        .replaceAll('pg_catalog.int,', 'int,')
        .replaceAll(/pg_catalog\.(int|bigint)\b/g, '$1'),
    )
    for (const operator of comparisons) {
      await admin.query(
        `create operator evil.${operator} (function = evil.${yes}, leftarg = ${type}, rightarg = ${type})`,
      )
    }
  }
  await admin.query(`
    create function evil.joined(bytea, bytea) returns bytea language sql as $$ select '\\x00'::pg_catalog.bytea $$;
    create operator evil.|| (function = evil.joined, leftarg = bytea, rightarg = bytea);
    create function evil.added(int, int) returns int language sql as 'select 666';
    create operator evil.+ (function = evil.added, leftarg = int, rightarg = int);
    create function evil.masked(bigint, bigint) returns bigint language sql as 'select 666::pg_catalog.int8';
    create operator evil.& (function = evil.masked, leftarg = bigint, rightarg = bigint);
    create table evil.pg_class (like pg_catalog.pg_class);
    create table evil.revocations (tenant text);
    create table evil.revocation_count (count bigint);
    create table evil.secrets (name text);
    create view evil.session_user as select 'postgres' as session_user;
    grant all on all tables in schema evil to public`)
  for (const name of domains) await admin.query(`create domain evil.${name} as pg_catalog.text`)
  // The plainest way in: casts have no schema of their own.
  await admin.query(`
    create type evil.secret as (a int);
    create function evil.made(name) returns evil.secret language sql as $$ select row(1)::evil.secret $$;
    create cast (name as evil.secret) with function evil.made(name) as implicit`)
  await admin.query('commit')
}
