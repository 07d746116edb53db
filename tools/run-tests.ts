import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { inspect } from 'node:util'
import { startTestPostgres } from './test-postgres.ts'

const bin = 'node_modules/.bin'
const cores = availableParallelism()
/** Many files wait, for processes and for time to pass. */
const filesAtOnce = cores + 1
const failed: string[] = []
/** The tests that failed and why, told again at the very end: a long log is often kept without its middle. */
const failures: string[] = []
const leftOut: string[] = []
const count = { passed: 0, failed: 0 }

/** Runs one step under a heading, and says how long it took. A failed step does not stop the next. */
async function step(name: string, work: () => boolean | Promise<boolean>): Promise<void> {
  console.log(`\n── ${name}`)
  const startedAt = performance.now()
  const passed = await work()
  if (!passed) failed.push(name)
  console.log(
    `── ${name}: ${passed ? 'passed' : 'FAILED'} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
  )
}

function check(command: string, args: string[]): boolean {
  const passed = spawnSync(command, args, { stdio: 'inherit' }).status === 0
  if (!passed) count.failed++
  return passed
}

async function runTests(files: string[], concurrency: number): Promise<boolean> {
  const before = count.failed
  const stream = run({ files, concurrency, timeout: 600_000, forceExit: true })
  stream.on('test:pass', ({ name, skip, todo }) => {
    if (skip !== undefined || todo !== undefined)
      leftOut.push(`${name} (${skip || todo || 'no reason given'})`)
  })
  stream.on('test:fail', ({ name, file, line, details }) => {
    // A suite fails because of a test in it, which is told by itself.
    if ('failureType' in details.error && details.error.failureType === 'subtestsFailed') return
    failures.push(`${file}:${line} ${name}\n${inspect(details.error.cause ?? details.error)}`)
  })
  stream.on('test:summary', ({ file, counts }) => {
    if (file !== undefined) return
    count.passed += counts.passed
    count.failed += counts.tests - counts.passed - counts.skipped - counts.todo
  })
  for await (const text of stream.compose(new spec())) process.stdout.write(text)
  return count.failed === before
}

function testsIn(...folders: string[]): string[] {
  const patterns = folders.map((folder) => `${folder}/**/*.test.ts`)
  return globSync(patterns, {
    exclude: [
      ...['**/node_modules', '**/dist', 'bench/prisma'],
      ...['examples/adopted', 'examples/orms', 'examples/workers'],
    ],
  }).sort()
}

async function withPostgres(work: () => Promise<boolean>, version: 17 | 18 = 18): Promise<boolean> {
  // One server for all test files, each of which makes its own databases.
  const { stop, ...server } = await startTestPostgres({ version })
  process.env.TENANTRY_TEST_POSTGRES = JSON.stringify(server)
  const interrupt = () => void stop().finally(() => process.exit(130))
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    return await work()
  } finally {
    delete process.env.TENANTRY_TEST_POSTGRES
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
    await stop()
  }
}

// What rests on PostgreSQL's own behaviour holds on the version before the newest as well: `npm test -- postgres-17`, which continuous
// integration runs too.
if (process.argv[2] === 'postgres-17') {
  // A server for each: roles are a whole server's, and tests of them take some away.
  for (const folders of [['packages/isolation'], ['conformance/sql', 'conformance/isolation']]) {
    const title = `PostgreSQL 17: ${folders.join(', ')}`
    await step(title, () => withPostgres(() => runTests(testsIn(...folders), filesAtOnce), 17))
  }
  finish()
}

function requireFolder(room: string): string {
  const folder = [`packages/${room}`, `examples/${room}`, room].find((path) => existsSync(path))
  if (folder !== undefined) return folder
  console.error(
    `there is no room \`${room}\`: give a folder of packages, or conformance, examples, tools; or postgres-17`,
  )
  process.exit(1)
}

const room = process.argv[2]
const folder = room === undefined ? undefined : requireFolder(room)
const unitFiles =
  folder === 'conformance' ? [] : testsIn(...(folder ? [folder] : ['packages', 'examples', 'bench', 'tools']))
const conformanceFiles = folder === undefined || folder === 'conformance' ? testsIn('conformance') : []
const startsSystem = (file: string) => /^conformance\/[^/]+$/.test(file)
/** It measures how soon things happen, and has the machine to itself. */
const endToEnd = 'conformance/end-to-end/end-to-end.test.ts'

// The page is type-checked by itself: it has a browser's names, and no other package has.
await step('types', () => check(`${bin}/tsc`, []) && check(`${bin}/tsc`, ['-p', 'packages/console']))
await step('lint', () => check(`${bin}/biome`, ['ci']))
await step('boundaries', () => check(process.execPath, ['tools/check-boundaries.ts']))
if (unitFiles.length > 0) await step('unit tests', () => withPostgres(() => runTests(unitFiles, filesAtOnce)))
if (conformanceFiles.length > 0) {
  const promises = conformanceFiles.filter((file) => file !== endToEnd && !startsSystem(file))
  await step('conformance', () => withPostgres(() => runTests(promises, filesAtOnce)))
  await step('whole systems', () => runTests(conformanceFiles.filter(startsSystem), cores))
  await step('end to end', () => runTests([endToEnd], 1))
}

finish()

function finish(): never {
  for (const test of leftOut) console.log(`left out: ${test}`)
  // Reasons, with a semicolon between them.
  const allowed = process.env.TENANTRY_MAY_LEAVE_OUT?.split(';') ?? []
  const missed = leftOut.filter((test) => !allowed.some((reason) => test.endsWith(`(${reason})`)))
  if (missed.length > 0 && process.env.CI === 'true') {
    failed.push('nothing is left out under CI')
    count.failed += missed.length
  }
  for (const failure of failures) console.log(`\n✖ ${failure}`)
  if (failed.length > 0) console.log(`\nfailed: ${failed.join(', ')}`)
  console.log(`\n${count.passed} passed, ${count.failed} failed`)
  process.exit(failed.length > 0 ? 1 : 0)
}
