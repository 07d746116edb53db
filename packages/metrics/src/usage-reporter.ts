import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { WorkloadCredential } from '@tenantry/context'
import type { UsageReport } from './usage.ts'
import type { UsageLedger } from './usage-ledger.ts'

/** What a reporter works with. */
export interface UsageReporterOptions {
  readonly ledger: UsageLedger
  /** The control plane's API for workloads. */
  readonly socketPath: string
  readonly credential: WorkloadCredential
  /** Called before each collection, for what is added up elsewhere. */
  readonly onCollect?: () => void
  /** Told when reports are not taken, once until they are again. */
  readonly onTrouble: (reason: string) => void
}

const everyMs = 1_000
const rowsMax = 500
const answerMaxMs = 2_000
const lastMs = 400

/**
 * Reports a ledger to the control plane once a second, and divides this process's processor time among its tenants before. What is not
 * answered with 200 is reported again, with what has come since: the control plane may be away, and nothing is lost.
 */
export class UsageReporter {
  readonly #options: UsageReporterOptions
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #timer: NodeJS.Timeout
  #cpuMs = usedCpuMs()
  #collection = 0
  #reportedAtMs = performance.now()
  /** The last collection had something in it: one more tells that it is over. */
  #told = false
  #troubled = false
  #reporting: Promise<void> = Promise.resolve()
  #isReporting = false

  constructor(options: UsageReporterOptions) {
    this.#options = options
    this.#timer = setInterval(() => {
      if (!this.#isReporting) void this.#report(answerMaxMs)
    }, everyMs).unref()
  }

  /** Reports a last time what was counted until now, or gives up within 0.4 s. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, lastMs)
    await Promise.race([this.#reporting.then(() => this.#report(lastMs)), late.promise])
    clearTimeout(timer)
    this.#agent.destroy()
  }

  #report(withinMs: number): Promise<void> {
    this.#isReporting = true
    this.#reporting = this.#reportAll(withinMs)
      .catch((error: Error) => this.#complain(error.message))
      .finally(() => {
        this.#isReporting = false
      })
    return this.#reporting
  }

  async #reportAll(withinMs: number): Promise<void> {
    const { ledger, onCollect } = this.#options
    onCollect?.()
    const cpuMs = usedCpuMs()
    ledger.divideCpu(cpuMs - this.#cpuMs)
    this.#cpuMs = cpuMs
    const collectedAtMs = performance.now()
    const pieces = ledger.collect(rowsMax)
    if (pieces.length === 0 && this.#told) pieces.push({ entries: [], callers: {} })
    this.#told = pieces.some(({ entries }) => entries.length > 0)
    this.#collection++
    const { epoch } = ledger
    const head = { epoch, collection: this.#collection, sinceMs: collectedAtMs - this.#reportedAtMs }
    for (const [at, piece] of pieces.entries()) {
      try {
        await this.#send({ ...head, rows: ledger.rowsOf(piece), callers: piece.callers }, withinMs)
      } catch (error) {
        for (const unsent of pieces.slice(at)) ledger.putBack(unsent)
        this.#told = true
        throw error
      }
    }
    this.#reportedAtMs = collectedAtMs
    this.#troubled = false
    const { dropped } = ledger
    if (dropped > 0) this.#options.onTrouble(`${dropped} hours of tenants were given up`)
  }

  async #send(report: UsageReport, withinMs: number): Promise<void> {
    const { socketPath, credential } = this.#options
    const body = JSON.stringify(report)
    const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>()
    const call = request({
      socketPath,
      agent: this.#agent,
      method: 'POST',
      path: '/usage',
      headers: {
        authorization: `Bearer ${credential('control-plane')}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
      timeout: withinMs,
    })
    call.on('response', resolve).on('error', reject)
    call.on('timeout', () => call.destroy(new Error('no answer in time')))
    call.end(body)
    const answer = await promise
    const told = await text(answer)
    if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}: ${told.slice(0, 200)}`)
  }

  #complain(reason: string): void {
    if (!this.#troubled) this.#options.onTrouble(`usage cannot be reported: ${reason}`)
    this.#troubled = true
  }
}

/** Of all threads of this process, since it began. */
function usedCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
