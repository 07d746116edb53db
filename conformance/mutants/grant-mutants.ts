// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources' own placeholders are quoted
import { type Mutant, mutant, mutantOf } from './mutant.ts'

const grants = 'packages/isolation/src/database/grant-roles.ts'
const install = 'packages/isolation/src/database/install-isolation.ts'
const schema = 'packages/isolation/src/database/isolation-schema.ts'
const protect = 'packages/isolation/src/migration/protect-schema.ts'
const leasedPool = 'packages/isolation/src/lease/leased-pool.test.ts'
const migrate = 'packages/isolation/src/migration/migrate-service.test.ts'
const runMigration = 'packages/isolation/src/migration/run-migration.test.ts'
const protectTest = 'packages/isolation/src/migration/protect-schema.test.ts'
const rows = 'conformance/isolation/attacks/rows.test.ts'
const lease = 'conformance/isolation/attacks/lease.test.ts'
const inference = 'conformance/isolation/attacks/inference.test.ts'
const silo = 'conformance/isolation/attacks/silo.test.ts'
const definition = 'conformance/isolation/attacks/definition.test.ts'

/** Weakenings of roles and of what is granted to them. */
export const grantMutants: readonly Mutant[] = [
  mutant('TEMP is not revoked', install, '`revoke all on database ', '`revoke connect on database ', lease),
  mutant(
    'any role connects to any database',
    install,
    '`revoke all on database ',
    '`revoke temporary on database ',
    silo,
  ),
  mutant(
    'a service’s role has BYPASSRLS',
    grants,
    'noreplication nobypassrls',
    'noreplication bypassrls',
    rows,
  ),
  mutant(
    'a service’s role may replicate',
    grants,
    'nocreaterole noreplication',
    'nocreaterole replication',
    rows,
  ),
  mutant(
    'a service may put on the role of all services',
    grants,
    'with inherit true, set false',
    'with inherit true, set true',
    lease,
  ),
  mutant(
    'activity shows what a service sends',
    grants,
    'set track_activities = off`',
    'set track_activities = on`',
    definition,
  ),
  mutant(
    'a service may make objects in its schema',
    grants,
    '`grant usage on schema ${schema} to ${name}`',
    '`grant usage, create on schema ${schema} to ${name}`',
    leasedPool,
  ),
  mutant(
    'TRUNCATE is granted',
    grants,
    "coalesce(t.service_grants, '{select,insert,update,delete}')",
    "coalesce(t.service_grants, '{select,insert,update,delete,truncate}')",
    rows,
  ),
  mutant(
    'REFERENCES is granted',
    grants,
    "coalesce(t.service_grants, '{select,insert,update,delete}')",
    "coalesce(t.service_grants, '{select,insert,update,delete,references}')",
    rows,
  ),
  mutant(
    'partitions’ leaves are granted',
    grants,
    "when c.relispartition then '{}'",
    "when false then '{}'",
    rows,
  ),
  mutant(
    'shared tables can be written',
    grants,
    "when s.name is not null and t.name is null then '{select}'",
    "when s.name is not null and t.name is null then '{select,insert,update,delete}'",
    rows,
  ),
  mutant(
    'tables without protection are granted',
    grants,
    "         else '{}'\n       end as verbs",
    "         else '{select,insert,update,delete}'\n       end as verbs",
    migrate,
  ),
  mutant(
    'tables are granted without FORCE',
    grants,
    'when c.relrowsecurity and c.relforcerowsecurity',
    'when c.relrowsecurity',
    migrate,
  ),
  mutant(
    'what was granted before is not taken back',
    grants,
    '      await client.query(`revoke all on ${name} from ${to}`)\n',
    '',
    protectTest,
  ),
  mutant(
    'sequences’ values can be read and set',
    grants,
    '`grant usage on all sequences',
    '`grant usage, select, update on all sequences',
    inference,
  ),
  mutantOf(
    'views without security_invoker',
    [
      {
        file: grants,
        find: "then case when c.reloptions && '",
        replace: "then case when true or c.reloptions && '",
      },
      { file: protect, find: '  await restrictViews(client, schema)\n', replace: '' },
    ],
    rows,
  ),
  mutant(
    'lo_get stays public',
    schema,
    'pg_catalog.lo_open(oid, int), pg_catalog.lo_get(oid), pg_catalog.lo_get(oid, bigint, int),',
    'pg_catalog.lo_open(oid, int),',
    definition,
  ),
  mutant(
    'large objects can be made',
    schema,
    'pg_catalog.lo_creat(int), pg_catalog.lo_create(oid), pg_catalog.lo_from_bytea(oid, bytea),\n',
    '\n',
    definition,
  ),
  mutant(
    'sessions of one role can end each other',
    schema,
    '  pg_catalog.pg_terminate_backend(int, bigint), ',
    '  ',
    rows,
  ),
  mutant(
    'sessions of one role can cancel each other',
    schema,
    ', pg_catalog.pg_cancel_backend(int) from',
    ' from',
    rows,
  ),
  mutant(
    'pg_prepared_statements stays readable',
    schema,
    'revoke all on pg_catalog.pg_prepared_statements from public;',
    '',
    definition,
  ),
  mutant(
    'the function behind pg_prepared_statements stays public',
    schema,
    'revoke execute on function pg_catalog.pg_prepared_statement() from public;',
    '',
    definition,
  ),
  mutant(
    'a service may run code of its own in PL/pgSQL',
    schema,
    'revoke usage on language plpgsql from public;',
    '',
    definition,
  ),
  mutant(
    'migrations may enrol a role',
    schema,
    'grant select on tenantry.service_roles, tenantry.system_tables',
    'grant select, insert on tenantry.service_roles, tenantry.system_tables',
    migrate,
  ),
  mutant(
    'a migration runs as the superuser',
    'packages/isolation/src/migration/migrator.ts',
    'return await work(client)',
    'return await work(admin)',
    migrate,
  ),
  mutant(
    'a migration’s rows are narrowed in silence',
    'packages/isolation/src/migration/run-migration.ts',
    'set local search_path = pg_catalog; set local row_security = off`',
    'set local search_path = pg_catalog; set local row_security = on`',
    runMigration,
  ),
]
