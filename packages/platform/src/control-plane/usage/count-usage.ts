import { createMeters, EmfLog, TenantGauges, UsageSeries } from '@tenantry/metrics'
import { type Directory, durationMs, limitsOf, type TenantryConfig } from '@tenantry/routing'
import type { Pool } from 'pg'
import type { EventLagAnswer } from '../events/event-answers.ts'
import { LiveReaders } from './live-readers.ts'
import { LiveUsage } from './live-usage.ts'
import { LoudTenants } from './loud-tenants.ts'
import { readGauges } from './read-gauges.ts'
import { UsageIntake } from './usage-intake.ts'
import { UsageStore } from './usage-store.ts'
import { UsageUpkeep } from './usage-upkeep.ts'

/** What tenants' use is counted with. */
export interface CountedUsageParts {
  readonly config: TenantryConfig
  readonly directory: Directory
  /** The catalog's database. */
  readonly pool: Pool
  readonly measureLag: () => Promise<EventLagAnswer>
}

/** What becomes of what processes report of their tenants. */
export interface CountedUsage {
  readonly store: UsageStore
  /** Takes reports. */
  readonly intake: UsageIntake
  /** Whoever watches what happens now. */
  readonly readers: LiveReaders
  /** The control plane's own metrics: of what was reported, of events that wait, and of who is loud. */
  metricsPage(): Promise<string>
  /** Begins to tidy up: for the one control plane that decides. */
  start(): void
  /** Lets go of readers, and tidies up nothing more. */
  stop(): Promise<void>
  /** Tells a last time what was counted. */
  tellLast(): Promise<unknown>
}

/** Stores what tenants use, shows it as it happens, and makes metrics of it. The store is there, with its table, once this resolves. */
export async function countUsage({
  config,
  directory,
  pool,
  measureLag,
}: CountedUsageParts): Promise<CountedUsage> {
  const { tenantSeries, usage, emf } = config.metrics
  const series = new UsageSeries(tenantSeries)
  const store = new UsageStore(pool)
  await store.install()
  const upkeep = new UsageUpkeep(store, {
    keepMs: durationMs(usage.keep),
    onTrouble: (error) => console.error('what was used could not be tidied up:', error),
  })
  const loud = new LoudTenants((id, tier) => {
    const { limits } = directory.tenants.get(id) ?? {}
    return config.tiers[tier] ? limitsOf(config, { tier, limits: limits ?? null }).weight : 1
  })
  const live = new LiveUsage({ findLoud: (use) => loud.find(use) })
  const readers = new LiveReaders(live)
  const gauges = new TenantGauges(tenantSeries, async () =>
    readGauges(directory, { lag: await measureLag(), loud: live.loud }),
  )
  const meters = createMeters({
    ...{ service: 'control-plane', deployment: 'control-plane' },
    ...config.metrics,
    producers: [series, gauges],
  })
  const emfLog = emf && new EmfLog({ ...emf, producer: series, write: (line) => process.stdout.write(line) })
  return {
    store,
    readers,
    intake: new UsageIntake({
      ...{ directory, live, store, series },
      onDropped: (workload, reason, rows) =>
        console.error(`${rows} rows of usage that ${workload} reported were dropped: each ${reason}`),
    }),
    metricsPage: () => meters.prometheusPage(),
    start: () => upkeep.start(),
    stop: () => {
      readers.close()
      return upkeep.close()
    },
    tellLast: () => Promise.allSettled([meters.close(), emfLog?.close()]),
  }
}
