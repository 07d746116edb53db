// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources' own placeholders are quoted
import { type Mutant, mutant, mutantOf } from './mutant.ts'

const folder = 'packages/platform/src/token-service'
const exchange = `${folder}/exchange-for-tenant-key.ts`
const masters = `${folder}/lease-masters.ts`
const cache = 'packages/tenantry/src/runtime/tenant-key-cache.ts'
const server = `${folder}/server.test.ts`
const exchangeTest = `${folder}/exchange-for-tenant-key.test.ts`
const mastersTest = `${folder}/lease-masters.test.ts`
const cacheTest = 'packages/tenantry/src/runtime/tenant-key-cache.test.ts'

/** Weakenings of how tenant keys are given, kept and rotated. */
export const keyMutants: readonly Mutant[] = [
  mutant(
    'tenant key longer than 60 s',
    exchange,
    'const lifetimeMaxMs = 60_000',
    'const lifetimeMaxMs = 61_000',
    exchangeTest,
  ),
  mutant(
    'tenant key as long as the settings say',
    exchange,
    'Math.min(service.tenantKeyLifetimeMs ?? lifetimeMaxMs, lifetimeMaxMs)',
    'service.tenantKeyLifetimeMs ?? lifetimeMaxMs',
    exchangeTest,
  ),
  mutant(
    'tenant key for a tenant that the deployment does not serve',
    `${folder}/require-own-tenant.ts`,
    'if (deployment && deploymentIdFor(tenant, deployment.service) === deployment.id) return',
    'if (deployment) return',
    server,
  ),
  mutant(
    'tenant key for a suspended tenant',
    exchange,
    'const tenant = requireActiveTenant(directory, context.tenant.id)',
    'const tenant = directory.tenants.get(context.tenant.id) ?? requireActiveTenant(directory, context.tenant.id)',
    server,
  ),
  mutantOf(
    'tenant key for another tenant’s transaction token',
    [
      { file: exchange, find: '{ workload, subjectToken })', replace: '{ workload, subjectToken, form })' },
      {
        file: exchange,
        find: 'requireActiveTenant(directory, context.tenant.id)',
        replace: "requireActiveTenant(directory, form.get('tenant') ?? context.tenant.id)",
      },
    ],
    exchangeTest,
  ),
  mutant(
    'any workload may exchange anything',
    `${folder}/exchanges.ts`,
    'candidate.by === workload.kind && ',
    '',
    server,
  ),
  mutant(
    'any workload gets a database’s keys',
    `${folder}/server.ts`,
    "if (workload.kind !== 'control-plane' || !database)",
    'if (!database)',
    server,
  ),
  mutant(
    'any workload rotates the keys',
    `${folder}/server.ts`,
    "if (workload.kind !== 'control-plane') throw",
    'if (!workload.kind) throw',
    server,
  ),
  mutant(
    'a new master signs before it is kept',
    masters,
    '      await this.#keep(next.map(keptOf))\n',
    '',
    mastersTest,
  ),
  mutant(
    'an old master goes while what it signed lives',
    masters,
    "state === 'expiring' && (endsAtMs ?? 0) > Date.now()",
    "state === 'expiring' && (endsAtMs ?? 0) < 0",
    mastersTest,
  ),
  mutant(
    'a key for other work is kept',
    cache,
    'if (key.tenant !== context.tenant.id) throw otherTenant()',
    '',
    cacheTest,
  ),
  mutant(
    'kept keys are found without the tenant',
    cache,
    'const known = keys.get(id)',
    'const known = keys.values().next().value',
    cacheTest,
  ),
  mutant(
    'who asks at once gets what another asked for',
    cache,
    'let answer = asking.get(id)',
    'let answer = asking.values().next().value',
    cacheTest,
  ),
  mutant(
    'a key is asked for when the work is over',
    cache,
    'const mayAsk = scope.open && tokenLives',
    'const mayAsk = tokenLives',
    cacheTest,
  ),
]
