import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../packages/platform/src/supervisor/free-port.ts'
import { untilListening } from './until-listening.ts'

const missing = ['prometheus', 'promtool'].some((program) => spawnSync(program, ['--version']).error)

/** Of the system, not of npm: a machine without it is told so, and a run under CI fails. */
export const prometheusMissing = missing ? 'there is no prometheus on this machine' : false

/** A real Prometheus on a loopback port, with a configuration of the documentation. */
export interface TestPrometheus {
  /** Where its configuration and its rules are. */
  readonly folder: string
  /** Asks its HTTP API, and gives the answer's `data`; rejects with what it says when it refuses. */
  ask<Data>(path: string, query?: Record<string, string>): Promise<Data>
  stop(): Promise<void>
}

/** Starts the machine's Prometheus with a folder's `prometheus.yml`, in which nothing but these texts is replaced. */
export async function startPrometheus(
  source: string,
  replacements: Readonly<Record<string, string>>,
): Promise<TestPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-prometheus-'))
  cpSync(source, folder, { recursive: true })
  const file = join(folder, 'prometheus.yml')
  let text = readFileSync(file, 'utf8')
  for (const [documented, own] of Object.entries(replacements)) {
    if (!text.includes(documented)) throw new Error(`${file} has no ${documented}`)
    text = text.replaceAll(documented, own)
  }
  writeFileSync(file, text)
  const port = await findFreePort()
  const child = spawn(
    'prometheus',
    [
      ...[`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, '--log.level=error'],
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  const stop = async () => {
    process.off('exit', end)
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      end()
      await gone
    }
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilListening(port, child)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    folder,
    async ask<Data>(path: string, query = {}) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(query)}`)
      const { status, data, error } = (await answer.json()) as { status: string; data: never; error: string }
      if (status !== 'success') throw new Error(`${path}: ${error}`)
      return data as Data
    },
    stop,
  }
}
