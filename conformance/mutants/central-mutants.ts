// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources' own placeholders are quoted
import { type Mutant, mutant } from './mutant.ts'

const check = 'packages/isolation/src/database/central-check.ts'
const tenants = 'packages/isolation/src/database/lease-check.ts'
const grants = 'packages/isolation/src/database/grant-roles.ts'
const protect = 'packages/isolation/src/migration/protect-schema.ts'
const tables = 'packages/isolation/src/migration/read-tables.ts'
const leaseScope = 'packages/isolation/src/lease/lease-scope.ts'
const exchange = 'packages/platform/src/token-service/exchange-for-central.ts'
const door = 'packages/tenantry/src/runtime/central-door.ts'
const attacks = 'conformance/isolation/attacks/central.test.ts'
const pool = 'packages/isolation/src/lease/central-pool.test.ts'
const protectTest = 'packages/isolation/src/migration/protect-schema.test.ts'
const server = 'packages/platform/src/token-service/server.test.ts'
const role = 'packages/platform/src/control-plane/databases/central-role.test.ts'
const work = 'packages/tenantry/src/work.test.ts'

/** Weakenings of central work: its check, its policy, its role, its key and its scope. */
export const centralMutants: readonly Mutant[] = [
  mutant(
    'the check of tenants takes a lease of every tenant’s',
    tenants,
    ' and ${isTenants}\n',
    '\n',
    attacks,
  ),
  mutant(
    'the check of central work takes a tenant’s lease',
    check,
    ' and get_byte(lease, 41) = ${everyTenant.charCodeAt(0)}',
    '',
    attacks,
  ),
  mutant(
    'the check of central work takes a longer mark',
    check,
    'length(lease) = 42',
    'length(lease) > 41',
    attacks,
  ),
  mutant(
    'the check of central work takes an unknown signature for a good one',
    check,
    '}) is not true then',
    '}) is false then',
    attacks,
  ),
  mutant(
    'the check of central work does not look at the expiry',
    check,
    'if substr(lease, 33, 8) <= timestamptz_send(clock_timestamp()) then',
    'if false then',
    attacks,
  ),
  mutant(
    'the check of central work stops at now()',
    check,
    'timestamptz_send(clock_timestamp())',
    'timestamptz_send(now())',
    attacks,
  ),
  mutant(
    'the check of central work runs under the caller’s search path',
    check,
    ' set search_path = pg_catalog, pg_temp\n',
    '\n',
    attacks,
  ),
  mutant(
    'services may ask the check of central work',
    check,
    'grant execute on function tenantry.central() to ${roles.central};',
    'grant execute on function tenantry.central() to ${roles.central}, ${roles.service};',
    attacks,
  ),
  mutant(
    'the policy of central work asks nothing',
    protect,
    'for select to ${roles.central} using (${everyRow})',
    'for select to ${roles.central} using (true)',
    attacks,
  ),
  mutant(
    'a policy of central work that shows more is left as it is',
    tables,
    '         and pg_get_expr(p.polqual, c.oid) = $5 and p.polwithcheck is null)',
    '         and $5::text is not null)',
    protectTest,
  ),
  mutant(
    'a statement’s own conditions on an index are looked at before the check of central work',
    tables,
    ' and ${tenantColumn} >= (select tenantry.central())`',
    '`',
    attacks,
  ),
  mutant(
    'central work is granted what services are',
    grants,
    "isCentral ? verbs.filter((verb) => verb === 'select' && !isSystem) : verbs",
    'isCentral && isSystem ? [] : verbs',
    protectTest,
  ),
  mutant(
    'central work reads the platform’s tables',
    grants,
    "verb === 'select' && !isSystem",
    "verb === 'select'",
    pool,
  ),
  mutant('central work takes numbers of sequences', grants, '    if (isCentral) continue\n', '', attacks),
  mutant(
    'central work begins to write',
    grants,
    'set default_transaction_read_only = on`',
    'set default_transaction_read_only = off`',
    pool,
  ),
  mutant(
    'the role of central work is kept without the grant',
    'packages/platform/src/control-plane/databases/provisioner.ts',
    'const granted = deployments.filter(({ service }) => this.#hasCentral(service))',
    'const granted = deployments.filter(({ service }) => this.#hasCentral(service) || service)',
    role,
  ),
  mutant(
    'every service has a role of central work',
    'packages/platform/src/control-plane/databases/provisioner.ts',
    "this.#config.services[service]?.grants.includes('central') ?? false",
    'service in this.#config.services',
    role,
  ),
  mutant(
    'central work leaves its cursors to the next',
    leaseScope,
    '`central ${scope.context.requestId}` :',
    "'central' :",
    pool,
  ),
  mutant(
    'a key for central work is given for the grant `work`',
    exchange,
    "requireGrant(service, workload, 'central')",
    "requireGrant(service, workload, 'work')",
    server,
  ),
  mutant(
    'central work is begun off the record',
    exchange,
    '  service.recordCentral({ workload: workload.id, database, reason, txn })\n',
    '',
    server,
  ),
  mutant(
    'central work is begun without a reason',
    exchange,
    'if (!isReason(reason)) throw',
    'if (!isReason(reason) && reason === 0) throw',
    server,
  ),
  mutant(
    'central work goes on when it is over',
    door,
    'if (!scope.open || !key) return',
    'if (!key) return',
    work,
  ),
  mutant(
    'central work has the scope of whoever began it',
    'packages/context/src/scope.ts',
    '  if (scope instanceof Scope) return scope\n  refuseCentral()',
    '  if (scope) return scope as Scope\n  refuseCentral()',
    'packages/context/src/scope.test.ts',
  ),
  mutant(
    'events are emitted in central work',
    'packages/propagation/src/outbox.ts',
    '  refuseCentral()\n',
    '',
    work,
  ),
]
