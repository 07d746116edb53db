import { hourSeconds, type UsageTotals } from '@tenantry/metrics'
import type { DirectoryWorkload } from '@tenantry/routing'
import type { Pool } from 'pg'
import { columnsOf, totalsOf, usageColumns } from './usage-columns.ts'

/** One tenant's totals of one hour, in one life of one process of a deployment. */
export interface ReportedUsage {
  readonly hourS: number
  readonly tenant: string
  readonly tier: string
  readonly totals: UsageTotals
}

/** Whose report it is. */
export interface UsageSource {
  readonly kind: DirectoryWorkload['kind']
  readonly service: string
  readonly deployment: string
  /** Whether it is one tenant's alone. */
  readonly isSilo: boolean
  readonly epoch: string
}

/** What has been added for a tenant by a report. */
export interface UsageGrowth {
  readonly tenant: string
  readonly tier: string
  readonly totals: UsageTotals
}

/** Which hours are asked for; both ends in seconds since 1970, `toS` not included. */
export interface UsageQuery {
  readonly fromS: number
  readonly toS: number
  readonly tenant?: string | undefined
  readonly service?: string | undefined
  /** One row for each hour, or one for all of them. */
  readonly by: 'hour' | 'total'
}

/** What a tenant used of one service's deployment, in one hour or, where that is null, in all that were asked for. */
export interface UsageOf {
  readonly hourS: number | null
  readonly tenant: string
  readonly tier: string
  readonly service: string
  readonly deployment: string
  readonly totals: UsageTotals
}

// Rows of this hour are changed every second: there is room on each page for that, and no index to be kept up with it.
const schema = `
  create table if not exists usage (
    hour_s bigint not null,
    tenant text not null,
    deployment text not null,
    epoch text not null,
    service text not null,
    tier text not null,
    ${usageColumns.map((column) => `${column} double precision not null`).join(', ')},
    primary key (hour_s, tenant, deployment, epoch)
  ) with (fillfactor = 50)`

const columnList = usageColumns.join(', ')
const eachColumn = (of: (column: string) => string) => usageColumns.map(of).join(', ')

const storing = `
  with reported as (
    select * from unnest($4::bigint[], $5::text[], $6::text[], ${usageColumns.map((_, at) => `$${at + 7}::float8[]`).join(', ')})
      as reported (hour_s, tenant, tier, ${columnList})
  ), before as (
    select usage.* from usage join reported using (hour_s, tenant) where usage.deployment = $2 and usage.epoch = $3
  ), stored as (
    insert into usage (service, deployment, epoch, hour_s, tenant, tier, ${columnList})
    select $1, $2, $3, hour_s, tenant, tier, ${columnList} from reported
    on conflict (hour_s, tenant, deployment, epoch) do update
    set tier = excluded.tier, ${eachColumn((column) => `${column} = greatest(usage.${column}, excluded.${column})`)}
  )
  select reported.tenant, reported.tier,
    array[${eachColumn((column) => `greatest(0, reported.${column} - coalesce(before.${column}, 0))`)}] as figures
  from reported left join before using (hour_s, tenant)`

// INVARIANT: what is counted once is stored once. Epochs become one row only when none of them is taken any more.
const folding = `
  with over as (
    delete from usage where (hour_s, tenant, deployment, epoch) in (
      select hour_s, tenant, deployment, epoch from usage where hour_s < $1 and epoch <> '' limit $2
    ) returning *
  )
  insert into usage (hour_s, tenant, deployment, epoch, service, tier, ${columnList})
  select hour_s, tenant, deployment, '', max(service), max(tier), ${eachColumn((column) => `sum(${column})`)}
  from over group by hour_s, tenant, deployment
  on conflict (hour_s, tenant, deployment, epoch) do update
  set ${eachColumn((column) => `${column} = usage.${column} + excluded.${column}`)}`

const forgetting = `
  delete from usage where (hour_s, tenant, deployment, epoch) in (
    select hour_s, tenant, deployment, epoch from usage where hour_s < $1 limit $2
  )`

/** How many rows are read or changed at a time. Totals are added up anew for each piece, hours are not. */
const pieceRows = { hour: 5_000, total: 50_000 }

/** Hours older than that take no reports any more: then epochs are made one row. */
export const openHoursS = 24 * hourSeconds

/** What every tenant used, by hour, service and deployment: exact, as far as it was reported. */
export class UsageStore {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Makes the table; can be repeated. */
  async install(): Promise<void> {
    await this.#pool.query(schema)
  }

  /**
   * Stores a report's rows, each tenant and hour once in it, and resolves, once that is committed, with what they added to what was known
   * of the same epoch. A report that comes again, or late, adds nothing: figures grow and never shrink.
   */
  async store(
    { service, deployment, epoch }: Pick<UsageSource, 'service' | 'deployment' | 'epoch'>,
    rows: readonly ReportedUsage[],
  ): Promise<UsageGrowth[]> {
    if (rows.length === 0) return []
    const values = rows.map(({ totals }) => columnsOf(totals))
    const { rows: grown } = await this.#pool.query<{ tenant: string; tier: string; figures: number[] }>({
      name: 'store usage',
      text: storing,
      values: [
        ...[service, deployment, epoch],
        ...[rows.map(({ hourS }) => hourS), rows.map(({ tenant }) => tenant), rows.map(({ tier }) => tier)],
        ...usageColumns.map((_, at) => values.map((figures) => figures[at] ?? 0)),
      ],
    })
    return grown.map(({ tenant, tier, figures }) => ({ tenant, tier, totals: totalsOf(figures) }))
  }

  /** What was used, by hour, tenant and deployment, or by tenant and deployment. A few thousand rows are read at a time. */
  async *read({ fromS, toS, tenant, service, by }: UsageQuery): AsyncGenerator<UsageOf> {
    const hour = by === 'hour' ? 'hour_s' : 'null::bigint'
    const place = by === 'hour' ? ['hour_s', 'tenant', 'deployment'] : ['tenant', 'deployment', 'tier']
    let after: readonly unknown[] | undefined
    for (;;) {
      const where = ['hour_s >= $1', 'hour_s < $2']
      const values: unknown[] = [fromS, toS]
      const bind = (value: unknown) => `$${values.push(value)}`
      if (tenant !== undefined) where.push(`tenant = ${bind(tenant)}`)
      if (service !== undefined) where.push(`service = ${bind(service)}`)
      if (after) where.push(`(${place.join(', ')}) > (${after.map(bind).join(', ')})`)
      const { rows } = await this.#pool.query<{
        hour_s: string | null
        tenant: string
        tier: string
        service: string
        deployment: string
        figures: number[]
      }>(
        `select ${hour} as hour_s, tenant, ${by === 'hour' ? 'max(tier) as tier' : 'tier'}, max(service) as service, deployment,
           array[${eachColumn((column) => `sum(${column})`)}] as figures
         from usage where ${where.join(' and ')}
         group by ${place.join(', ')} order by ${place.join(', ')} limit ${pieceRows[by]}`,
        values,
      )
      for (const { hour_s, figures, ...row } of rows)
        yield { hourS: hour_s === null ? null : Number(hour_s), ...row, totals: totalsOf(figures) }
      const last = rows.at(-1)
      if (!last || rows.length < pieceRows[by]) return
      after =
        by === 'hour'
          ? [last.hour_s, last.tenant, last.deployment]
          : [last.tenant, last.deployment, last.tier]
    }
  }

  /** Makes one row of the epochs of hours before `closedS`, and forgets those before `forgottenS`; in pieces, until `signal` aborts. */
  async tidy(
    { closedS, forgottenS }: { closedS: number; forgottenS: number },
    signal: AbortSignal,
  ): Promise<void> {
    for (const [text, untilS] of [
      [forgetting, forgottenS],
      [folding, closedS],
    ] as const) {
      let changed = 1
      while (changed > 0 && !signal.aborted)
        changed = (await this.#pool.query(text, [Math.floor(untilS), pieceRows.hour])).rowCount ?? 0
    }
  }
}
