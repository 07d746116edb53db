// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources' own placeholders are quoted
import { type Mutant, mutant } from './mutant.ts'

const tenantry = 'packages/tenantry/src'
const context = 'packages/context/src'
const tokens = 'packages/platform/src/token-service'

const admit = `${tenantry}/requests/admit.ts`
const register = `${tenantry}/register.test.ts`
const openPaths = 'conformance/frameworks/open-path.test.ts'
const door = `${tenantry}/runtime/adoption-door.test.ts`
const workload = 'packages/platform/src/workload'
const authenticator = `${workload}/authenticate-workload.ts`
const serviceAccount = `${workload}/read-service-account.ts`
const accounts = `${workload}/authenticate-workload.test.ts`
const keeper = `${context}/token-keeper.ts`
const keeperTest = `${context}/token-keeper.test.ts`
const replacement = `${tokens}/exchange-for-replacement.ts`
const server = `${tokens}/server.test.ts`
const signingKeys = `${tokens}/token-signing-keys.ts`
const signingKeysTest = `${tokens}/token-signing-keys.test.ts`

/** Weakenings of who comes in, and of how long a token is good. */
export const doorMutants: readonly Mutant[] = [
  mutant(
    'an open path is open for every method',
    `${tenantry}/requests/open-path.ts`,
    "(method === 'GET' || method === 'HEAD') && ",
    '',
    openPaths,
  ),
  mutant(
    'an open path opens what is below it',
    `${tenantry}/requests/open-path.ts`,
    "open.includes(url.split('?', 1)[0] ?? '')",
    'open.some((path) => url.startsWith(path))',
    openPaths,
  ),
  mutant(
    'an open path runs in whatever scope the connection was in',
    admit,
    'run: leaveScope,',
    'run: (work) => work(),',
    openPaths,
  ),
  mutant(
    'a server that was made by its class takes requests without a token',
    `${tenantry}/register/serve-each-server.ts`,
    "      case 'request':\n",
    '',
    register,
  ),
  mutant(
    'an upgrade needs no token',
    `${tenantry}/register/serve-each-server.ts`,
    "      case 'upgrade':\n",
    '',
    register,
  ),
  mutant(
    '`pg` that is asked for later is `pg` itself',
    `${tenantry}/register/replace-module.ts`,
    'asked === specifier ?',
    'asked === `${specifier}/lib` ?',
    register,
  ),
  mutant(
    'the door of an adopted service is open while nobody knows',
    `${tenantry}/runtime/adoption-door.ts`,
    "let known: AdoptionMode = 'enforce'",
    "let known: AdoptionMode = 'observe'",
    door,
  ),
  mutant(
    'a mode is asked for once and never again',
    `${tenantry}/runtime/adoption-door.ts`,
    'const freshMs = 3_000',
    'const freshMs = 3_000_000',
    door,
  ),
  mutant(
    'a token of work that is over is replaced',
    keeper,
    'closed: (scope) => void open.delete(scope),',
    'closed: () => undefined,',
    keeperTest,
  ),
  mutant(
    'what was refused is asked for again',
    keeper,
    'if (!mayAskAgain) open.delete(scope)',
    '',
    keeperTest,
  ),
  mutant(
    'a scope goes on as another tenant',
    `${context}/scope.ts`,
    '      context.tenant.id === tenant.id &&\n',
    '',
    keeperTest,
  ),
  mutant('a replacement has no end', replacement, 'if (Date.now() >= endsAtMs) throw tooLong()', '', server),
  mutant('a replacement forgets who asked before', replacement, '`${workloads},${asking}`', 'asking', server),
  mutant(
    'a replacement for any scope',
    replacement,
    "if (form.get('scope') !== scope) throw refuseRequest('`scope` is not that of the token')",
    '',
    server,
  ),
  mutant(
    'a token for any purpose',
    `${tokens}/exchanges.ts`,
    "one('scope') !== (row.scope ?? one('scope'))",
    "one('scope') === ''",
    server,
  ),
  mutant(
    'a new key signs before anyone knows of it',
    signingKeys,
    'signsAtMs: this.#now() + this.#publishMs',
    'signsAtMs: this.#now()',
    signingKeysTest,
  ),
  mutant(
    'an old key is believed for ever',
    signingKeys,
    'return next === undefined || next + overlapMs > nowMs',
    'return next !== nowMs',
    signingKeysTest,
  ),
  mutant(
    'a new key is published before it is kept',
    signingKeys,
    '    await this.#keep(keys.map(({ kept }) => kept))\n',
    '',
    signingKeysTest,
  ),
  mutant(
    'one token has sixteen texts',
    `${context}/jws.ts`,
    '{85}[AQgw]$/',
    '{86}$/',
    `${context}/jws.test.ts`,
  ),
  mutant(
    'a service account of any namespace is a workload',
    serviceAccount,
    "  if (bound.namespace !== namespace) throw refuseWorkload('it is of another namespace')\n",
    '',
    accounts,
  ),
  mutant(
    'a service-account token says nothing by its subject',
    serviceAccount,
    "  if (sub !== subject) throw refuseWorkload('its subject is not its service account')\n",
    '',
    accounts,
  ),
  mutant(
    'a service-account token is for several audiences',
    serviceAccount,
    ' || others.length > 0',
    '',
    accounts,
  ),
  mutant(
    'a service-account token lives for a day',
    serviceAccount,
    'const lifetimeMaxS = 3_600',
    'const lifetimeMaxS = 86_400',
    accounts,
  ),
  mutant(
    'a service-account token needs no pod',
    serviceAccount,
    ' || !isName(pod.name) || !isName(pod.uid)',
    '',
    accounts,
  ),
  mutant(
    'a workload that is bound to a key is its service account as well',
    authenticator,
    'if (workload?.serviceAccount !== subject)',
    'if (!workload)',
    accounts,
  ),
  mutant(
    'a credential that is remembered is good for any audience',
    authenticator,
    "      if (known.audience !== audience) throw refuseWorkload('it is for another audience')\n",
    '',
    accounts,
  ),
  mutant(
    'a credential that is remembered has no end',
    authenticator,
    'known.expiresAtMs > Date.now() && ',
    '',
    accounts,
  ),
  mutant(
    'a caller brings a credential for another service',
    `${tokens}/find-caller.ts`,
    'serviceAudience(to.service)',
    "'token-service'",
    `${tokens}/service-accounts.test.ts`,
  ),
]
