import type { AuditedDatabase } from '../audited-database.ts'
import { hole, type SeededHole } from '../seeded-hole.ts'

/** Roles that are, or could become, more than they should. */
export function roleHoles({ role, central, name: database, elsewhere }: AuditedDatabase): SeededHole[] {
  return [
    hole('ROLE_SUPERUSER', role, 'a superuser', `alter role ${role} superuser`),
    hole(
      'ROLE_SUPERUSER',
      'tenantry_owner',
      'an owner who is a superuser',
      'alter role tenantry_owner superuser',
    ),
    hole('ROLE_BYPASSES', role, 'a service with BYPASSRLS', `alter role ${role} bypassrls`),
    hole('ROLE_BYPASSES', 'tenantry_relay', 'a relay with BYPASSRLS', 'alter role tenantry_relay bypassrls'),
    hole('ROLE_POWERS', role, 'a service that makes roles', `alter role ${role} createrole`),
    hole('ROLE_POWERS', role, 'a service that replicates', `alter role ${role} replication`),
    hole('ROLE_MEMBER', role, 'a service that reads all data', `grant pg_read_all_data to ${role}`),
    hole(
      'ROLE_MEMBER',
      role,
      'a service that is the owner',
      `grant tenantry_owner to ${role} with inherit false`,
    ),
    hole(
      'ROLE_MEMBER',
      'tenantry_relay',
      'a relay that is a service',
      'grant tenantry_service to tenantry_relay',
    ),
    hole(
      'ROLE_ADMIN',
      role,
      'a service that makes members',
      `grant tenantry_service to ${role} with admin option`,
    ),
    hole(
      'ROLE_UNKNOWN',
      'stranger',
      'a member that nobody registered',
      `create role stranger login; grant tenantry_service to stranger; grant connect on database ${database} to stranger`,
    ),
    hole('ROLE_MEMBER', role, 'a service that is central', `grant tenantry_central to ${role}`),
    hole('ROLE_MEMBER', central, 'central work that is a service', `grant tenantry_service to ${central}`),
    hole(
      'ROLE_MEMBER',
      'tenantry_service',
      'services that are all central',
      'grant tenantry_central to tenantry_service',
    ),
    hole(
      'ROLE_UNKNOWN',
      'stranger',
      'central work that nobody registered',
      `create role stranger login; grant tenantry_central to stranger; grant connect on database ${database} to stranger`,
    ),
    hole('ROLE_BYPASSES', central, 'central work with BYPASSRLS', `alter role ${central} bypassrls`),
    hole(
      'CENTRAL_NOT_READ_ONLY',
      central,
      'central work that begins to write',
      `alter role ${central} reset default_transaction_read_only`,
    ),
    hole(
      'CENTRAL_UNDECLARED',
      `${role}_more`,
      'central work that was not granted',
      `create role ${role}_more; insert into tenantry.service_roles values ('${role}_more', 'billing', true)`,
    ),
    hole(
      'GROUP_LOGIN',
      'tenantry_central',
      'central work without a deployment',
      'alter role tenantry_central login',
    ),
    hole('GROUP_LOGIN', 'tenantry_keeper', 'a keeper who logs in', 'alter role tenantry_keeper login'),
    hole(
      'OWNER_MEMBER',
      'stranger',
      'a member of the owner',
      'create role stranger login; grant tenantry_owner to stranger',
    ),
    hole('ROLE_OWNS', role, 'a table of the service’s own', `alter table shop.notes owner to ${role}`),
    hole('ROLE_OWNS', role, 'a schema of the service’s own', `create schema mine authorization ${role}`),
    hole(
      'CONNECT_ELSEWHERE',
      role,
      'a service that connects to another database',
      `grant connect on database ${elsewhere} to ${role}`,
    ),
    hole(
      'SEARCH_PATH',
      role,
      'a search path through public',
      `alter role ${role} set search_path = public, shop`,
    ),
    hole('SEARCH_PATH', role, 'no search path', `alter role ${role} reset search_path`),
    hole(
      'ROLE_SETTING',
      role,
      'no triggers and no foreign keys',
      `alter role ${role} set session_replication_role = replica`,
    ),
    hole(
      'ROLE_SETTING',
      database,
      'everybody’s large objects',
      `alter database ${database} set lo_compat_privileges = on`,
    ),
    hole(
      'ACTIVITY_VISIBLE',
      role,
      'a service whose statements are seen',
      `alter role ${role} reset track_activities`,
    ),
  ]
}
