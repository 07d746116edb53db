// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources' own placeholders are quoted
import { type Mutant, mutant, mutantOf } from './mutant.ts'

const folder = 'packages/isolation/src/migration'
const protect = `${folder}/protect-schema.ts`
const scope = `${folder}/scope-keys.ts`
const tables = `${folder}/read-tables.ts`
const unprotectable = `${folder}/refuse-unprotectable.ts`
const refuse = `${folder}/refuse-statement.ts`
const leasedPool = 'packages/isolation/src/lease/leased-pool.test.ts'
const migrate = `${folder}/migrate-service.test.ts`
const runMigration = `${folder}/run-migration.test.ts`
const protectTest = `${folder}/protect-schema.test.ts`
const rows = 'conformance/isolation/attacks/rows.test.ts'
const inference = 'conformance/isolation/attacks/inference.test.ts'
const lease = 'conformance/isolation/attacks/lease.test.ts'

/** Weakenings of policies and keys, and of what migrations are refused. */
export const protectionMutants: readonly Mutant[] = [
  mutant(
    'FORCE is dropped',
    protect,
    'enable row level security, force row level security',
    'enable row level security',
    rows,
  ),
  mutant('the policy forgets WITH CHECK', protect, ' with check (${ownRows})', ' with check (true)', rows),
  mutant('the policy reads every row', protect, ' using (${ownRows})', ' using (true)', rows),
  mutant(
    'the policy asks the check for every row',
    tables,
    '(select tenantry.tenant(), true)`',
    '(tenantry.tenant(), true)`',
    lease,
  ),
  mutant(
    'the policy lets a statement’s own conditions be looked at before the check',
    tables,
    '(${tenantColumn}, true) = (select tenantry.tenant(), true)`',
    '${tenantColumn} = (select tenantry.tenant())`',
    'conformance/isolation/attacks/order-of-conditions.test.ts',
  ),
  mutant(
    'a policy that lets writes out is left as it is',
    tables,
    ' and pg_get_expr(p.polwithcheck, c.oid) = $4',
    '',
    protectTest,
  ),
  mutant(
    'a policy that shows more rows is left as it is',
    tables,
    'and pg_get_expr(p.polqual, c.oid) = $4 and',
    'and',
    protectTest,
  ),
  mutant(
    'unique keys without the tenant',
    scope,
    "c.contype in ('p', 'u', 'x')",
    "c.contype in ('p', 'x')",
    migrate,
  ),
  mutant(
    'exclusions without the tenant',
    scope,
    "c.contype in ('p', 'u', 'x')",
    "c.contype in ('p', 'u')",
    runMigration,
  ),
  mutant(
    'primary keys that can be guessed stay as declared',
    scope,
    "a.attnum = c.conkey[1] and a.atttypid = 'uuid'::regtype))",
    'a.attnum = c.conkey[1]))',
    migrate,
  ),
  mutant(
    'unique indexes without the tenant',
    scope,
    'and x.indkey[0] <> o.attnum',
    'and false',
    runMigration,
  ),
  mutantOf(
    'foreign keys of id alone',
    [
      {
        file: `${folder}/take-out-foreign-key.ts`,
        find: 'return joins ?? false',
        replace: 'return joins === null',
      },
      {
        file: scope,
        find: 'const foreignKeys = await readForeignKeys(client, schema)',
        replace: 'const foreignKeys = (await readForeignKeys(client, schema)).slice(0, 0)',
      },
    ],
    inference,
  ),
  mutant(
    'a materialized view is left in a schema',
    unprotectable,
    "c.relnamespace = $1::regnamespace and c.relkind = 'm'",
    'false',
    migrate,
  ),
  mutant(
    'a SECURITY DEFINER function is left in a schema',
    unprotectable,
    'and p.prosecdef',
    'and false',
    migrate,
  ),
  mutant(
    'a second policy is left on a table',
    unprotectable,
    "and p.polname <> 'tenantry_isolation'",
    'and false',
    protectTest,
  ),
  mutant('a rule is left on a table', unprotectable, "r.rulename <> '_RETURN'", 'false', migrate),
  mutant(
    'a table that inherits is let through',
    unprotectable,
    "c.relkind = 'r' and not c.relispartition",
    'false',
    migrate,
  ),
  mutant(
    'a granted column is let through',
    unprotectable,
    'where c.relnamespace = $1::regnamespace and not (g.grantee',
    'where false and not (g.grantee',
    protectTest,
  ),
  mutant(
    'a granted table is let through',
    unprotectable,
    'g where c.relnamespace = $1::regnamespace and g.grantee <> c.relowner',
    'g where false',
    protectTest,
  ),
  mutant(
    'default privileges are let through',
    unprotectable,
    "d.defaclrole = '${roles.owner}'::regrole",
    'false',
    protectTest,
  ),
  mutant(
    'a migration reaches another service’s schema',
    refuse,
    '  return foreignSchema(String(schema))\n',
    '  return undefined\n',
    migrate,
  ),
  mutant(
    'a migration may set what a lease is read from',
    refuse,
    "names.at(-1) === 'set_config'",
    'false',
    migrate,
  ),
  mutant(
    'a migration may write the hidden column',
    refuse,
    'Object.values(tree).includes(tenantColumn)',
    'Object.values(tree).length < 0',
    migrate,
  ),
  mutant(
    'a function of a migration may switch row security off',
    refuse,
    '|row_security|tenantry',
    '|tenantry',
    migrate,
  ),
  mutant(
    'a migration may switch row security off',
    refuse,
    'harmlessSettings =\n  /^(',
    'harmlessSettings =\n  /^(row_security|',
    migrate,
  ),
  mutant(
    'rows that nobody owns are inserted',
    `${folder}/backfill.ts`,
    '  if (!target) return\n',
    '  if (!target || target) return\n',
    runMigration,
  ),
  mutant(
    'a new row’s tenant is whom the insert names',
    protect,
    ' to ${roles.service} using (${ownRows}) with check (${ownRows})',
    ' to ${roles.service} using (${ownRows}) with check (tenantry_tenant is not null)',
    leasedPool,
  ),
]
