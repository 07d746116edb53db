import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type Failure, failureMark } from './report-failures.ts'

/** How a run of tests ended: with the first failure, in time without one, not in time, or not at all. */
export type Ending =
  | { readonly kind: 'passed' | 'late' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'broken'; readonly why: string }

const testTimeoutMs = 30_000
const runTimeoutMs = 90_000

/** Runs test files in the working copy at `root`, until the first of their tests fails. */
export async function runTests(root: string, files: readonly string[]): Promise<Ending> {
  const flags = ['--test', '--test-isolation=none', '--test-force-exit', `--test-timeout=${testTimeoutMs}`]
  const reporter = '--test-reporter=./conformance/mutants/report-failures.ts'
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  // A group of its own: what the tests start ends with them.
  const child = spawn(process.execPath, [...flags, reporter, ...files], {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { promise, resolve } = Promise.withResolvers<Ending>()
  const said: string[] = []
  const timer = setTimeout(() => resolve({ kind: 'late' }), runTimeoutMs)
  createInterface(child.stdout).on('line', (line) => {
    if (!line.startsWith(failureMark)) return
    const failure = JSON.parse(line.slice(failureMark.length)) as Failure
    if (failure.isTest) resolve({ kind: 'failed', failure })
    else said.push(`${failure.test}: ${failure.message}`)
  })
  createInterface(child.stderr).on('line', (line) => said.push(line))
  child.on('error', ({ message }) => resolve({ kind: 'broken', why: message }))
  child.on('close', (code) =>
    resolve(code === 0 ? { kind: 'passed' } : { kind: 'broken', why: said.slice(0, 3).join(' ') }),
  )
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    endGroup(child.pid)
  }
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // All of it is gone already.
  }
}
