import { everyTenant, roles, sqlStates } from './isolation-roles.ts'
import { isSigned, keyObjects, type LeaseBinding, processIds } from './lease-check.ts'

/**
 * The check of central work: an error, or the empty text, which no tenant's name comes before. It takes a lease that is for
 * every tenant and for nothing else, and asks for no revocation: what a suspended tenant has is still the operator's to count.
 */
export const centralSql = (binding: LeaseBinding) => `
-- INVARIANT: the database decides. Central work reads by a signature of its own, or not at all.
create or replace function tenantry.central() returns text
language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $central$
declare
  lease constant bytea := decode(current_setting('tenantry.lease', true), 'hex');
  key constant bytea := case when length(lease) = 42 and get_byte(lease, 41) = ${everyTenant.charCodeAt(0)}
    then lo_get((${keyObjects} + get_byte(lease, 40))::oid) end;
begin
  if lease is null or length(lease) = 0 then
    raise exception 'there is no lease' using errcode = '${sqlStates.missing}';
  end if;
  if (${isSigned(processIds[binding])}) is not true then
    raise exception 'the lease is not valid' using errcode = '${sqlStates.invalid}';
  end if;
  if substr(lease, 33, 8) <= timestamptz_send(clock_timestamp()) then
    raise exception 'the lease has expired' using errcode = '${sqlStates.expired}';
  end if;
  return '';
end
$central$;
alter function tenantry.central() owner to ${roles.keeper};
revoke all on function tenantry.central() from public;
grant execute on function tenantry.central() to ${roles.central};
`
