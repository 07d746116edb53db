import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import type pg from 'pg'
import { findFreePort } from '../../../packages/platform/src/supervisor/free-port.ts'
import { type Issuer, startIssuer } from '../../../packages/platform/test/issuer.ts'
import {
  createTestDatabase,
  startTestPostgres,
  type TestDatabase,
  type TestPostgres,
} from '../../../tools/test-postgres.ts'

const folder = resolve(import.meta.dirname, '..')
const root = resolve(folder, '../..')
const guide = readFileSync(join(root, 'docs/guides/adopt-in-an-hour.md'), 'utf8')
const acme = '3fa85f64-5717-4562-b3fc-2c963f66afa6'
const zeta = '9b2d7c1e-52a1-4c3b-8f0e-6d5c4b3a2f10'
const role = `app_${randomBytes(4).toString('hex')}`

let server: TestPostgres
let database: TestDatabase
let issuer: Issuer
let admin: pg.Client
let env: NodeJS.ProcessEnv

before(async () => {
  server = await startTestPostgres()
  database = await createTestDatabase(server)
  issuer = await startIssuer()
  admin = await database.connect()
  await admin.query(readFileSync(join(folder, 'schema.sql'), 'utf8'))
  await admin.query(`create role ${role} login password 'of the service';
    grant select on organizations to ${role};
    grant select, insert, update, delete on projects, tasks to ${role};
    grant usage on all sequences in schema public to ${role}`)
  const at = `${server.host}:${server.port}/${database.name}`
  const claims = (organization: string) => ({ organization_id: organization, aud: 'projects', sub: 'ann' })
  env = {
    ...process.env,
    NO_COLOR: '1',
    PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    PORT: String(await findFreePort()),
    TENANTRY_CONTROL_PORT: String(await findFreePort()),
    ISSUER: issuer.url,
    DATABASE_URL: `postgres://${role}:${encodeURIComponent('of the service')}@${at}`,
    ADMIN_DATABASE_URL: `postgres://${server.user}:${server.password}@${at}`,
    ACME: await issuer.sign({ claims: claims(acme), expiresIn: '10m' }),
    ZETA: await issuer.sign({ claims: claims(zeta), expiresIn: '10m' }),
  }
})
after(async () => {
  await admin?.end()
  await database?.drop()
  await issuer?.close()
  await server?.stop()
  for (const left of ['.tenantry', ...['before', 'service', 'after', 'tokens'].map((name) => `${name}.log`)])
    rmSync(join(folder, left), { recursive: true, force: true })
})

/** A block of commands, and what they print below it. */
interface Step {
  readonly commands: string
  readonly prints: readonly string[]
}

const steps = [...guide.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```\n([\s\S]*?)^```)?/gm)].map(
  ([, commands = '', prints = '']): Step => ({ commands, prints: prints.split('\n').filter(Boolean) }),
)

/** What a line of the guide stands for: `…` is anything, and the role `app` is the test's own. */
function patternOf(line: string): RegExp {
  const wordPattern = (word: string) => (word === 'app' ? role : RegExp.escape(word))
  const parts = line.split('…').map((part) => part.trim().split(/\s+/).map(wordPattern).join('\\s+'))
  return new RegExp(parts.join('.*'))
}

test('the guide’s configuration is the one beside the service', () => {
  const [, shown = ''] = /^```ts\n\/\/ tenantry\.config\.ts\n([\s\S]*?)^```/m.exec(guide) ?? []
  assert.equal(shown, readFileSync(join(folder, 'tenantry.config.ts'), 'utf8'))
})

test('no file of the service knows of us', () => {
  for (const file of [
    'src/server.ts',
    'src/database.ts',
    'src/projects.ts',
    'src/authenticate.ts',
    'schema.sql',
  ])
    assert.doesNotMatch(readFileSync(join(folder, file), 'utf8'), /tenan/i, file)
})

test('every command of the guide does what the guide shows, from observe to enforce and back', async () => {
  const before_ = await snapshot()
  const [yours, ...others] = steps
  assert.match(yours?.commands ?? '', /^export PORT/, 'the first block is the reader’s own settings')
  assert.equal(others.length, 11)
  const printed = await runAll(others.map(({ commands }) => commands))
  for (const [index, { commands, prints }] of others.entries()) {
    let rest = printed[index] ?? ''
    for (const line of prints) {
      const found = patternOf(line).exec(rest)
      assert.ok(found, `${commands}\nprinted\n${printed[index]}\nand not, in its order,\n${line}`)
      rest = rest.slice(found.index + found[0].length)
    }
  }
  assert.deepEqual(await snapshot(), before_, 'nothing of ours is left in the database')
})

/** Runs all blocks in one shell, as a reader does, and returns what each printed. */
async function runAll(blocks: readonly string[]): Promise<string[]> {
  const mark = `--- ${randomBytes(8).toString('hex')}`
  // With job control, as at a terminal. What still runs when it ends, ends with it: each job is a process group.
  const begin = ['set -eum', `trap 'for job in $(jobs -p); do kill -- -$job || true; done; wait' EXIT`]
  const script = [...begin, ...blocks.flatMap((block) => [block, `echo '${mark}'`])].join('\n')
  const shell = spawn('bash', ['-c', script], { cwd: folder, env })
  const stop = setTimeout(() => shell.kill(), 270_000)
  const [said, complaints] = await Promise.all([text(shell.stdout), text(shell.stderr)])
  clearTimeout(stop)
  const printed = said.split(`${mark}\n`)
  const blockedAt = blocks[printed.length - 1] ?? ''
  assert.equal(printed.length, blocks.length + 1, [said, complaints, 'ended in', blockedAt].join('\n'))
  return printed.map((one) => one.trim())
}

/** Everything of the database that a catalog tells, and no row. */
async function snapshot(): Promise<unknown> {
  const { rows } = await admin.query(`select
    (select json_agg(array[c.oid::regclass::text, c.relkind::text, c.relrowsecurity::text, c.relforcerowsecurity::text, c.relacl::text] order by c.oid)
      from pg_class c where c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)) as relations,
    (select json_agg(nspname || coalesce(nspacl::text, '') order by nspname) from pg_namespace where nspname !~ '^pg_(temp|toast)') as schemas,
    (select json_agg(polname) from pg_policy) as policies,
    (select count(*) from pg_proc where pronamespace <> 'information_schema'::regnamespace) as functions,
    (select count(*) from pg_largeobject_metadata) as objects`)
  return rows[0]
}
