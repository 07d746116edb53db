// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources' own placeholders are quoted
import { type Mutant, mutant, mutantOf } from './mutant.ts'

const check = 'packages/isolation/src/database/lease-check.ts'
const key = 'packages/isolation/src/database/tenant-key.ts'
const revoke = 'packages/isolation/src/database/revoke-tenant.ts'
const keys = 'packages/isolation/src/database/install-keys.ts'
const leasedPool = 'packages/isolation/src/lease/leased-pool.test.ts'
const pooler = 'packages/isolation/src/lease/transaction-pooler.test.ts'
const revokeTest = 'packages/isolation/src/database/revoke-tenant.test.ts'
const lease = 'conformance/isolation/attacks/lease.test.ts'
const settings = 'conformance/isolation/attacks/settings.test.ts'
const definition = 'conformance/isolation/attacks/definition.test.ts'
const silo = 'conformance/isolation/attacks/silo.test.ts'

/** Weakenings of the check, of what a lease is signed over, and of revocation. */
export const checkMutants: readonly Mutant[] = [
  mutant(
    'the check is IMMUTABLE',
    check,
    'language plpgsql stable parallel restricted security definer',
    'language plpgsql immutable parallel restricted security definer',
    leasedPool,
  ),
  mutantOf(
    'current_user instead of session_user',
    [
      { file: check, find: 'decode(session_user::', replace: 'decode(current_user::' },
      { file: key, find: '\\0${claims.role}', replace: '\\0tenantry_keeper' },
    ],
    leasedPool,
  ),
  mutantOf(
    'the backend pid is not signed',
    [
      { file: check, find: `connection: 'pg_catalog.pg_backend_pid()'`, replace: `connection: '0'` },
      {
        file: key,
        find: 'block.writeInt32BE(processId, 32)',
        replace: 'block.writeInt32BE(processId * 0, 32)',
      },
    ],
    leasedPool,
  ),
  mutant(
    'a lease that is bound to no connection is believed as well',
    check,
    '  if ${isSigned(processIds[binding])}',
    `  if (\${isSigned(processIds[binding])} or \${isSigned('0')})`,
    pooler,
  ),
  mutantOf(
    'the expiry is not signed',
    [
      { file: check, find: '${substr}(lease, 33) ${cat}', replace: '${substr}(lease, 41) ${cat}' },
      {
        file: key,
        find: 'encodeClaims(claims), Buffer',
        replace: 'encodeClaims(claims).subarray(8), Buffer',
      },
    ],
    leasedPool,
  ),
  mutantOf(
    'the role is not signed',
    [
      { file: check, find: ' ${cat} ${role}`\n', replace: '`\n' },
      { file: key, find: '\\0${claims.role}`', replace: '\\0`' },
    ],
    lease,
  ),
  mutantOf(
    'the tenant is not signed',
    [
      { file: check, find: '${substr}(lease, 33) ${cat}', replace: '${substr}(lease, 33, 9) ${cat}' },
      {
        file: key,
        find: 'encodeClaims(claims), Buffer',
        replace: 'encodeClaims(claims).subarray(0, 9), Buffer',
      },
    ],
    leasedPool,
  ),
  mutantOf(
    'role and tenant run into each other',
    [
      { file: check, find: '${cat} ${zero} ${cat}', replace: '${cat}' },
      { file: key, find: '\\0${claims.role}', replace: '${claims.role}' },
    ],
    definition,
  ),
  mutant(
    'one key serves every database',
    key,
    'tenantry database key\\0${database}\\0`',
    'tenantry database key\\0${database.slice(0, 0)}\\0`',
    silo,
  ),
  mutant(
    'expiry by now()',
    check,
    'pg_catalog.timestamptz_send(pg_catalog.clock_timestamp())',
    'pg_catalog.timestamptz_send(pg_catalog.now())',
    leasedPool,
  ),
  mutant(
    'the check does not look at the expiry',
    check,
    '    and ${substr}(lease, 33, 8) ${later} pg_catalog.timestamptz_send(pg_catalog.clock_timestamp())\n',
    '',
    leasedPool,
  ),
  mutant(
    'the slow check does not look at the expiry',
    check,
    'if substr(lease, 33, 8) <= timestamptz_send(clock_timestamp()) then',
    'if false then',
    leasedPool,
  ),
  mutant(
    'the slow check takes an unknown signature for a good one',
    check,
    'if signed is not true then',
    'if signed is false then',
    leasedPool,
  ),
  mutant(
    'the slow check takes every signature',
    check,
    'if signed is not true then',
    'if signed is null then',
    leasedPool,
  ),
  mutant(
    'revocations are not read',
    check,
    '    and pg_catalog.get_bit(key, ${markOf(claimed)}) ${equals} 0\n',
    '',
    revokeTest,
  ),
  mutant(
    'the slow check does not read the revocations',
    check,
    'if exists (select from tenantry.revocations r where r.tenant = claimed) then',
    'if false then',
    revokeTest,
  ),
  mutant(
    'a repeatable read takes the short way',
    check,
    "\n    and pg_catalog.current_setting('transaction_isolation') ${equals} 'read committed'",
    '',
    revokeTest,
  ),
  mutant(
    'a snapshot from before a suspension is believed',
    check,
    '(select last_value from tenantry.revocation_sequence) > (select count',
    '(select last_value from tenantry.revocation_sequence) < (select count',
    revokeTest,
  ),
  mutant(
    'the check’s operators are found by the search path',
    check,
    '(operator) => `operator(pg_catalog.${operator})`',
    '(operator) => operator',
    settings,
  ),
  mutant(
    'the check’s hash is found by the search path',
    check,
    `const sha256 = 'pg_catalog.sha256'`,
    `const sha256 = 'sha256'`,
    settings,
  ),
  mutant(
    'the slow check runs under the caller’s search path',
    check,
    'language plpgsql stable parallel restricted set search_path = pg_catalog, pg_temp\n',
    'language plpgsql stable parallel restricted\n',
    definition,
  ),
  mutant(
    'search_path of the slow check loses pg_temp',
    check,
    'set search_path = pg_catalog, pg_temp\n',
    'set search_path = pg_catalog\n',
    definition,
  ),
  mutant(
    'anybody may call the slow check',
    check,
    'revoke all on function tenantry.tenant(), tenantry.explain(bytea, bool) from public;',
    'revoke all on function tenantry.tenant() from public;\ngrant execute on function tenantry.explain(bytea, bool) to public;',
    lease,
  ),
  mutant(
    'the check belongs to a superuser',
    check,
    'alter function tenantry.tenant() owner to ${roles.keeper};\n',
    '',
    definition,
  ),
  mutant(
    'a suspension does not reach what the check reads',
    revoke,
    '    await markRevoked(client)\n',
    '',
    revokeTest,
  ),
  mutant(
    'a new key knows of no suspension',
    keys,
    '  await markRevoked(client)\n',
    '',
    'packages/isolation/src/database/install-keys.test.ts',
  ),
  mutant(
    'suspended tenants whose marks share a byte hide each other',
    revoke,
    'bit_or(1 << (mark % 8)::int)',
    'max(1 << (mark % 8)::int)',
    revokeTest,
  ),
  mutant(
    'suspensions are not counted',
    revoke,
    "    await client.query('update tenantry.revocation_count set count = count + 1')\n",
    '',
    revokeTest,
  ),
  mutant(
    'a key that was taken back goes on verifying',
    keys,
    'if (!wanted.get(kid)?.equals(blocks)) await',
    'if (wanted.has(kid) && !wanted.get(kid)?.equals(blocks)) await',
    'packages/isolation/src/database/install-keys.test.ts',
  ),
]
