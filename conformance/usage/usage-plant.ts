import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { UsageTotals } from '@tenantry/metrics'
import type { UsageAnswer } from '@tenantry/platform'
import { RunningSystem } from '../end-to-end/running-system.ts'

const root = resolve(import.meta.dirname, '../..')

/** What a tenant used of the gateway and of the service. */
export type TenantUsage = Record<'gateway' | 'work', UsageTotals | undefined>

/** A running system with tenants whose machines have keys. */
export class UsagePlant {
  readonly system: RunningSystem
  readonly tenants: readonly string[]
  readonly #keys = new Map<string, string>()
  readonly #agent = new Agent({ keepAlive: true })

  private constructor(system: RunningSystem, tenants: number) {
    this.system = system
    this.tenants = Array.from({ length: tenants }, (_, at) => `tenant-${at + 1}`)
  }

  static async start(tenants: number): Promise<UsagePlant> {
    const system = await RunningSystem.create({
      launcher: join(root, 'packages/cli/bin/tenantry.js'),
      folder: root,
      config: 'conformance/usage/tenantry.config.ts',
      nodeFlags: [],
    })
    const plant = new UsagePlant(system, tenants)
    try {
      await system.start()
      for (const tenant of plant.tenants) await plant.#onboard(tenant)
      return plant
    } catch (error) {
      await plant.stop()
      throw error
    }
  }

  /** Calls the service for a tenant, and settles with the answer's status; 0 for a connection that broke. */
  async call(tenant: string, path: string, body = ''): Promise<number> {
    const { promise, resolve: settle } = Promise.withResolvers<number>()
    const call = request(`${this.system.gateway}${path}`, {
      agent: this.#agent,
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.#keys.get(tenant)}`,
        // One in two is sent in chunks.
        ...(body.length % 2 === 0 && { 'content-length': Buffer.byteLength(body) }),
      },
    })
    call.on('response', (answer) => {
      answer
        .resume()
        .once('end', () => settle(answer.statusCode ?? 0))
        .once('error', () => settle(0))
    })
    call.on('error', () => settle(0))
    call.end(body)
    return promise
  }

  /** What each tenant used, once it does not change any more for two seconds. */
  async usage(): Promise<ReadonlyMap<string, TenantUsage>> {
    for (let before = ''; ; await sleep(2_000)) {
      const answer = await this.system.operate('/usage?by=total').catch(() => undefined)
      const text = answer?.ok ? await answer.text() : ''
      const { rows = [] } = (text ? JSON.parse(text) : {}) as Partial<UsageAnswer>
      // The times change with each look; the sums of what is counted do not.
      const now = JSON.stringify(
        rows.map(({ tenant, service, totals }) => [tenant, service, totals.requests, totals.statements]),
      )
      if (now === before && rows.length > 0) return byTenant(rows)
      before = now
    }
  }

  /** Kills a process and waits until another has taken its place. */
  async kill(name: string, onKilled: () => void): Promise<void> {
    const before = (await this.system.processes()).get(name) ?? assert.fail(`\`${name}\` does not run`)
    process.kill(before, 'SIGKILL')
    onKilled()
    const another = async () => ((await this.system.processes()).get(name) ?? before) !== before
    for (let waitedMs = 0; !(await another()); waitedMs += 100) {
      assert.ok(waitedMs < 20_000, `\`${name}\` does not come back`)
      await sleep(100)
    }
  }

  async stop(): Promise<void> {
    this.#agent.destroy()
    await this.system.remove()
  }

  async #onboard(tenant: string): Promise<void> {
    await this.system.onboard(tenant, 'basic')
    const made = await this.system.operate(`/tenants/${tenant}/api-keys`, { body: {} })
    assert.ok(made.ok, await made.clone().text())
    this.#keys.set(tenant, ((await made.json()) as { key: string }).key)
  }
}

function byTenant(rows: UsageAnswer['rows']): Map<string, TenantUsage> {
  const usage = new Map<string, TenantUsage>()
  for (const { tenant, service, totals } of rows) {
    const of = usage.get(tenant) ?? { gateway: undefined, work: undefined }
    if (service === 'gateway' || service === 'work') usage.set(tenant, { ...of, [service]: totals })
  }
  return usage
}
