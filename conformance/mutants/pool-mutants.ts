// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources' own placeholders are quoted
import { type Mutant, mutant, mutantOf } from './mutant.ts'

const folder = 'packages/isolation/src/lease'
const batch = `${folder}/lease-batch.ts`
const client = `${folder}/leased-client.ts`
const pool = `${folder}/leased-pool.ts`
const sender = `${folder}/statement-sender.ts`
const errors = `${folder}/lease-error.ts`
const kinds = `${folder}/statement-kind.ts`
const nothing = 'packages/isolation/src/statement/leaves-nothing.ts'
const leasedPool = `${folder}/leased-pool.test.ts`
const leasedClient = `${folder}/leased-client.test.ts`
const dropIn = `${folder}/drop-in.test.ts`
const pooler = `${folder}/transaction-pooler.test.ts`
const reader = 'packages/isolation/src/statement/statement-reader.test.ts'
const unseen = 'conformance/isolation/attacks/unseen-residue.test.ts'
const connections = 'conformance/isolation/attacks/connections.test.ts'

/** Weakenings of the leased pool: whose statement runs, under which lease, on a connection left how. */
export const poolMutants: readonly Mutant[] = [
  mutant('a connection keeps SET', batch, '`reset all; close all; ', '`close all; ', connections),
  mutant('a held cursor stays', batch, 'reset all; close all; ', 'reset all; ', connections),
  mutant(
    'a connection keeps the seed of random()',
    batch,
    'pg_advisory_unlock_all(); ${reseedText}`',
    'pg_advisory_unlock_all()`',
    unseen,
  ),
  mutant('a connection goes on listening', batch, ' unlisten *;', '', connections),
  mutant('a tenant’s locks stay', batch, '; select pg_catalog.pg_advisory_unlock_all()', '', connections),
  mutant(
    'a connection keeps what sequences gave',
    batch,
    "'discard sequences'",
    "'discard plans'",
    leasedPool,
  ),
  mutant(
    'a lease outlives its transaction',
    batch,
    "'tenantry.lease', $1, true)",
    "'tenantry.lease', $1, false)",
    connections,
  ),
  mutant(
    'nothing is ever discarded',
    sender,
    "return residue === 'anything' && !this.#pooler",
    'return false',
    connections,
  ),
  mutant(
    'a statement of any kind leaves little',
    kinds,
    "'release set reset listen",
    "'release prepare do create set reset listen",
    connections,
  ),
  mutant(
    'a connection is reset for its first tenant only',
    client,
    'this.#lastHolder !== holder && this.#sender.changeTenant()',
    'this.#lastHolder === undefined && this.#sender.changeTenant()',
    leasedPool,
  ),
  mutant(
    'every function leaves nothing',
    nothing,
    "if (key === 'FuncCall' && !isHarmless(value, shapes)) return false",
    '',
    reader,
  ),
  mutant(
    'a schema’s own functions leave nothing',
    nothing,
    "schema === 'pg_catalog' && harmless",
    'harmless',
    reader,
  ),
  mutant('triggers leave nothing', nothing, ' || shapes.hasResidue) return false', ') return false', reader),
  mutant('an error keeps its where', errors, "['where', 'internalQuery', ", "['internalQuery', ", leasedPool),
  mutant(
    'an error keeps the statement inside',
    errors,
    "['where', 'internalQuery', ",
    "['where', ",
    leasedPool,
  ),
  mutantOf(
    'a client checked out in one scope serves another',
    [
      { file: client, find: 'if (scope === this.#scope) return scope', replace: 'if (scope) return scope' },
      { file: client, find: '    if (this.#scope !== scope) throw otherScope()\n', replace: '' },
      { file: client, find: '      if (this.#scope !== scope) return otherScope()\n', replace: '' },
    ],
    leasedPool,
  ),
  mutant(
    'a statement whose turn comes late runs for the next scope',
    client,
    '      if (this.#scope !== scope) return otherScope()\n',
    '',
    connections,
  ),
  mutantOf(
    'a statement that waited for its key is sent on the next scope’s connection',
    [
      { file: client, find: '    if (this.#scope !== scope) throw otherScope()\n', replace: '' },
      { file: client, find: 'waiting.length === 0 && !this.#preparing', replace: 'waiting.length === 0' },
    ],
    leasedClient,
  ),
  mutant(
    'a connection stays its scope’s after it was given back',
    client,
    '    this.#scope = undefined\n    this.#isOpen = false\n',
    '',
    connections,
  ),
  mutant(
    'an open transaction is handed on',
    client,
    "return idle && this.#driver.getTransactionStatus() === 'I'",
    'return idle',
    leasedPool,
  ),
  mutant(
    'statements that nobody awaited are handed on',
    client,
    'readyForQuery && waiting.length === 0 && !this',
    '!this',
    connections,
  ),
  mutant(
    'a broken connection is handed on',
    pool,
    'release(broken || !reusable)',
    'release(broken)',
    leasedPool,
  ),
  mutant(
    'the callback of a statement sees another scope',
    `${folder}/create-query.ts`,
    'AsyncResource.bind(query.callback)',
    'query.callback',
    leasedClient,
  ),
  mutant(
    'what a lease claims is remembered, whoever’s it is',
    'packages/isolation/src/database/tenant-key.ts',
    'new WeakMap<TenantKey, string>()',
    'new (class extends Map<unknown, string> { get = () => this.values().next().value })()',
    'packages/isolation/src/database/revoke-tenant.test.ts',
  ),
  mutant(
    'what runs long is prepared all the same',
    'packages/isolation/src/lease/prepared-statements.ts',
    ' || statement.tookMs > longMs',
    '',
    'packages/isolation/src/lease/drop-in.test.ts',
  ),
  mutant(
    'a rollback to a savepoint leaves no lease',
    sender,
    'if (isFirst || dropsLease.has(keyword)) this',
    'if (isFirst) this',
    leasedPool,
  ),
  mutant(
    'a lease is not renewed inside a transaction',
    sender,
    'if (this.#leasedWith !== key) {',
    'if (!this.#leasedWith) {',
    connections,
  ),
  mutant(
    'a refused reset is passed over',
    `${folder}/own-answers.ts`,
    'if (isBatch) this.#connection.stream.destroy(args[0] as Error)',
    '',
    `${folder}/own-answers.test.ts`,
  ),
  mutant(
    'behind a pooler settings stay',
    sender,
    'if (this.#pooler && isFirst && !this.#begun) this.#resetPooled(query)',
    '',
    pooler,
  ),
  mutant(
    'a copy is taken outside a transaction',
    errors,
    "if (status !== 'T') {",
    "if (status === 'E') {",
    dropIn,
  ),
  mutant(
    'a client that was released twice serves two',
    pool,
    'const reusable = leased.checkIn()',
    'const reusable = leased.checkIn() || true',
    leasedClient,
  ),
  mutant(
    'a text of several statements goes by the simple protocol',
    sender,
    "if (mayBeSeveral) query.queryMode = 'extended'",
    '',
    unseen,
  ),
  mutant('a comment does not end at a carriage return', kinds, '--[^\\n\\r]*', '--[^\\n]*', unseen),
  mutant(
    'a service’s statement may have the name of the pool’s own',
    client,
    "if (query.name?.startsWith('tenantry ')) delete query.name",
    '',
    unseen,
  ),
  mutant(
    'what is written to a view of PostgreSQL’s own leaves nothing',
    nothing,
    ' && !isTable(value.relation, shapes)',
    ' && false',
    unseen,
  ),
]
