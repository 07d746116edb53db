import { everyTenant, roles, sqlStates } from './isolation-roles.ts'

/**
 * What the check reads lies in one large object for each key: this number plus its `kid`, 1 to 255. Only a superuser reads
 * `pg_largeobject`; and to open one needs no executor, which a locked table's row would: 9 µs a check in place of 20.
 */
export const keyObjects = 1_953_391_000

/**
 * Such an object begins with a bit for each hash that a revoked tenant may have; the table of revocations has the last
 * word. The key's two blocks follow, and all of it stays below the 2 KiB from which PostgreSQL would keep it compressed.
 */
export const markBytes = 1_024

/** Where the mark of a tenant is: an expression of SQL, of one of SQL. */
export const markOf = (tenant: string) =>
  `pg_catalog.hashtextextended(${tenant}, '0'::pg_catalog.int8) operator(pg_catalog.&) '${8 * markBytes - 1}'::pg_catalog.int8`

/**
 * What a lease holds on: one connection, or, behind a transaction pooler, where a client never knows its connection, any
 * of the role's.
 */
export type LeaseBinding = 'connection' | 'role'

// The function runs under the search path of whoever asks: a path that is set by the function would cost 5 µs a call.
// So every name and every operator of it says its schema, and look-alikes are never found.
const [cat, equals, later, plus] = ['||', '=', '>', '+'].map((operator) => `operator(pg_catalog.${operator})`)
const bytes = 'pg_catalog.bytea'
const substr = 'pg_catalog.substr'
const sha256 = 'pg_catalog.sha256'

// lease = mac32 | claims; claims = expiry8 | kid1 | tenant; key = the two blocks of HMAC-SHA256 (RFC 2104, 2). A name has no
// zero byte: the last one parts the role from the claims. Each call of a function costs every transaction 0.3 µs.
const zero = `'\\x00'::${bytes}`
const role = `pg_catalog.decode(session_user::pg_catalog.text, 'escape')`
const about = `${substr}(lease, 33) ${cat} ${zero} ${cat} ${role}`
const inner = `${sha256}(${substr}(key, ${markBytes + 1}, 64) ${cat} ${about})`
const tenantKey = `${sha256}(${substr}(key, ${markBytes + 65}) ${cat} ${inner})`

/** Whether `key` signed `lease` for who logged in: a condition of SQL. */
export const isSigned = (processId: string) =>
  `${substr}(lease, 1, 32) ${equals} ${sha256}(${tenantKey} ${cat} pg_catalog.int4send(${processId}))`
// INVARIANT: a lease for central work is no tenant's. Its claim is one character that no tenant's id begins with.
const isTenants = `pg_catalog.get_byte(lease, 41) operator(pg_catalog.<>) ${everyTenant.charCodeAt(0)}`
const claimed = `pg_catalog.encode(${substr}(lease, 42), 'escape')`

/** What the signature is over besides, as the binding says. */
export const processIds: Record<LeaseBinding, string> = {
  connection: 'pg_catalog.pg_backend_pid()',
  role: '0',
}

/**
 * The check: the tenant whose lease this session holds now, or an error, never null. STABLE, so that a statement asks
 * once; SECURITY DEFINER, so that it reads what nobody else may; `session_user`, who logged in, not whom it runs as.
 */
export const checkSql = (binding: LeaseBinding) => `
-- INVARIANT: the database decides. This is the one place where a tenant is believed, and it believes a signature.
create or replace function tenantry.tenant() returns text
language plpgsql stable parallel restricted security definer
as $check$
declare
  lease constant ${bytes} := pg_catalog.decode(pg_catalog.current_setting('tenantry.lease', true), 'hex');
  key constant ${bytes} := case when pg_catalog.length(lease) ${later} 41 and ${isTenants}
    then pg_catalog.lo_get((${keyObjects} ${plus} pg_catalog.get_byte(lease, 40))::pg_catalog.oid) end;
begin
  if ${isSigned(processIds[binding])}
    and ${substr}(lease, 33, 8) ${later} pg_catalog.timestamptz_send(pg_catalog.clock_timestamp())
    and pg_catalog.get_bit(key, ${markOf(claimed)}) ${equals} 0
    and pg_catalog.current_setting('transaction_isolation') ${equals} 'read committed'
  then
    return ${claimed};
  end if;
  return tenantry.explain(lease, ${isSigned(processIds[binding])});
end
$check$;

-- The slow way: what is wrong with a lease, or the tenant after all when a suspended one shares its hash.
create or replace function tenantry.explain(lease bytea, signed bool) returns text
language plpgsql stable parallel restricted set search_path = pg_catalog, pg_temp
as $explain$
declare
  claimed constant text := encode(substr(lease, 42), 'escape');
begin
  if lease is null or length(lease) = 0 then
    raise exception 'there is no lease' using errcode = '${sqlStates.missing}';
  end if;
  if signed is not true then
    raise exception 'the lease is not valid' using errcode = '${sqlStates.invalid}';
  end if;
  -- Not now(): that stands still in a long transaction.
  if substr(lease, 33, 8) <= timestamptz_send(clock_timestamp()) then
    raise exception 'the lease has expired' using errcode = '${sqlStates.expired}';
  end if;
  if exists (select from tenantry.revocations r where r.tenant = claimed) then
    raise exception 'the tenant is suspended' using errcode = '${sqlStates.revoked}';
  end if;
  -- A repeatable read cannot see the revocations since it began. That there were some, it can: sequences have no past.
  if (select last_value from tenantry.revocation_sequence) > (select count from tenantry.revocation_count)
    and current_setting('transaction_isolation') <> 'read committed'
  then
    raise exception 'a tenant was suspended or activated since this transaction began' using errcode = '40001';
  end if;
  return claimed;
end
$explain$;
alter function tenantry.tenant() owner to ${roles.keeper};
alter function tenantry.explain(bytea, bool) owner to ${roles.keeper};
revoke all on function tenantry.tenant(), tenantry.explain(bytea, bool) from public;
grant execute on function tenantry.tenant() to ${roles.service};
`
