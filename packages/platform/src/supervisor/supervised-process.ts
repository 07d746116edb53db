import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { TenantryError } from '@tenantry/context'
import { readStartFailure } from '../process/or-tell-why.ts'
import type { Retirement } from '../process/retirement.ts'

/** What a supervised process runs and is given. */
export interface ProcessPlan {
  readonly id: string
  /** The file that Node runs. */
  readonly entry: string
  /** Node's own options. */
  readonly nodeOptions?: readonly string[]
  readonly logFile: string
  /** What it reads from descriptor 3; asked for anew at each start, so that secrets need not be kept. */
  readonly document: () => object | Promise<object>
  /** Added to the few variables that every process gets; nothing secret belongs here. */
  readonly env?: () => Record<string, string> | Promise<Record<string, string>>
  /** Called with each new process before it does anything. */
  readonly onSpawn?: (child: ChildProcess) => void
  readonly onUp?: () => void
  readonly onDown?: () => void
}

const backoffMs = { first: 100, max: 5_000 }
const steadyMs = 20_000
const lateGraceMs = 2_000
const readyMaxMs = 30_000

/** How patient a start is. */
export interface StartOptions {
  /** For how long it may take to be ready; 30 s. */
  readonly readyMaxMs?: number
  /** How often it is tried; as often as there is time. */
  readonly triesMax?: number
}

/**
 * One child process that is started again whenever it ends, until it is stopped. The pause between starts
 * doubles from 0.1 to 5 s and begins anew once it ran for 20 s.
 */
export class SupervisedProcess {
  readonly id: string
  readonly #plan: ProcessPlan
  readonly #stopping = new AbortController()
  #child: ChildProcess | undefined
  #pauseMs = backoffMs.first
  /** Why it cannot start, in its own words. */
  #reason: TenantryError | undefined

  constructor(plan: ProcessPlan) {
    this.id = plan.id
    this.#plan = plan
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts it and settles when it is ready for the first time; rejects when it cannot be in time, or says why not. */
  async start({
    readyMaxMs: withinMs = readyMaxMs,
    triesMax = Number.POSITIVE_INFINITY,
  }: StartOptions = {}): Promise<void> {
    let late = false
    const deadline = setTimeout(() => {
      late = true
      this.#child?.kill('SIGKILL')
    }, withinMs)
    try {
      for (let tries = 1; !(await this.#run()); tries++) {
        if (this.#reason) throw this.#reason
        if (this.#stopping.signal.aborted || late || tries >= triesMax) throw this.#failed()
        await this.#pause()
      }
    } finally {
      clearTimeout(deadline)
    }
  }

  /** Does not start it again when it ends by itself. */
  letEnd(): void {
    this.#stopping.abort()
  }

  /** Tells it that another has taken its place, and settles when it has ended: by itself, or told to after `drainMs`. */
  async retire(drainMs: number): Promise<void> {
    this.letEnd()
    this.tell({ type: 'retire', drainMs } satisfies Retirement)
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    const late = setTimeout(() => void this.stop(lateGraceMs), drainMs + lateGraceMs)
    await gone
    clearTimeout(late)
  }

  /** Tells the process something over its channel; one that is down has it from its document when it starts again. */
  tell(message: object): void {
    const child = this.#child
    if (child?.connected) child.send(message, () => undefined)
  }

  /** Asks it to end, and ends it after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    const kill = setTimeout(() => child.kill('SIGKILL'), graceMs)
    child.kill('SIGTERM')
    await gone
    clearTimeout(kill)
  }

  /** Runs it once. Settles with true when it is ready, with false when it ended before. */
  async #run(): Promise<boolean> {
    const { document, env, onSpawn, onUp, onDown } = this.#plan
    const [given, added] = [await document(), (await env?.()) ?? {}]
    if (this.#stopping.signal.aborted) return false
    this.#reason = undefined
    const startedAtMs = Date.now()
    const child = this.#spawn(given, added)
    onSpawn?.(child)
    return new Promise((resolve) => {
      let ready = false
      child.on('message', (message) => {
        this.#reason ??= readStartFailure(message)
        if ((message as { type?: string } | null)?.type !== 'ready') return
        ready = true
        onUp?.()
        resolve(true)
      })
      // One that could not even be spawned; an `exit` does not follow.
      child.once('error', () => resolve(false))
      child.once('exit', () => {
        if (Date.now() - startedAtMs > steadyMs) this.#pauseMs = backoffMs.first
        onDown?.()
        if (ready) void this.#comeBack()
        resolve(false)
      })
    })
  }

  async #comeBack(): Promise<void> {
    do {
      await this.#pause()
      if (this.#stopping.signal.aborted) return
      // What cannot be prepared now, because another process is down as well, is tried again.
    } while (!(await this.#run().catch(() => false)))
  }

  async #pause(): Promise<void> {
    const pauseMs = this.#pauseMs
    this.#pauseMs = Math.min(pauseMs * 2, backoffMs.max)
    await sleep(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }

  #spawn(document: object, env: Record<string, string>): ChildProcess {
    const log = openSync(this.#plan.logFile, 'a', 0o600)
    const child = spawn(process.execPath, [...(this.#plan.nodeOptions ?? []), this.#plan.entry], {
      // A session of its own: Ctrl-C reaches the supervisor alone, which stops the others in order.
      detached: true,
      // What `ps` shows it as.
      argv0: `tenantry:${this.id}`,
      stdio: ['ignore', log, log, 'pipe', 'ipc'],
      env: { ...inheritedEnvironment(), ...env },
    })
    closeSync(log)
    this.#child = child
    const descriptor = child.stdio[3] as Writable
    descriptor.on('error', () => undefined)
    descriptor.end(JSON.stringify(document))
    return child
  }

  #failed(): TenantryError {
    return new TenantryError('PROCESS_FAILED', `\`${this.id}\` does not start`, {
      help: `see ${this.#plan.logFile}`,
    })
  }
}

// INVARIANT: a process holds what its document gives it, and nothing of the environment of whoever started us.
function inheritedEnvironment(): Record<string, string> {
  const names = ['PATH', 'LANG', 'TZ', 'NODE_COMPILE_CACHE', 'NODE_ENV']
  const entries = names.map((name) => [name, process.env[name]] as const)
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined))
}
