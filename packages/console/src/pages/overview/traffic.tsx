import type { ReactNode } from 'react'
import type { Figures, Point } from '../../api/snapshot.ts'
import { type Series, TimeChart } from '../../charts/time-chart.tsx'
import { formatMs, formatRate } from '../../format/numbers.ts'
import { shownMs } from '../../live/keep-points.ts'
import { live } from '../../live/live-store.ts'
import { useStore } from '../../store.ts'

/** Requests, what came to nothing, and how long answers took, over the last five minutes. */
export function Traffic() {
  const { points } = useStore(live)
  const now = points.at(-1)?.total
  return (
    <div className="traffic">
      <Chart
        title="Requests"
        figure={rate(now?.requestsPerSecond)}
        unit="per second"
        points={points}
        leastMax={5}
      >
        {[{ name: 'requests', tone: 'accent', isFilled: true, of: (total) => total.requestsPerSecond }]}
      </Chart>
      <Chart
        title="Errors and refusals"
        figure={rate(now && now.errorsPerSecond + now.limitedPerSecond)}
        unit="per second"
        points={points}
        leastMax={1}
      >
        {[
          { name: 'errors', tone: 'bad', isFilled: true, of: (total) => total.errorsPerSecond },
          { name: 'limited', tone: 'warn', of: (total) => total.limitedPerSecond },
        ]}
      </Chart>
      <Chart
        title="Time to answer"
        figure={now ? formatMs(now.p95Ms) : '–'}
        unit="p95"
        points={points}
        format={(ms) => formatMs(ms)}
        leastMax={10}
      >
        {[
          { name: 'p95', tone: 'accent', of: (total) => total.p95Ms },
          { name: 'p50', tone: 'quiet', of: (total) => total.p50Ms },
        ]}
      </Chart>
      <dl className="panel small-figures">
        <SmallFigure name="CPU" unit="cores, for tenants">
          {now ? formatRate(now.cpuCores) : '–'}
        </SmallFigure>
        <SmallFigure name="Database" unit="of each second">
          {now ? formatMs(now.databaseMsPerSecond) : '–'}
        </SmallFigure>
        <SmallFigure name="Events" unit="per second">
          {rate(now?.eventsPerSecond)}
        </SmallFigure>
      </dl>
    </div>
  )
}

interface ChartProps {
  readonly title: string
  readonly figure: string
  readonly unit: string
  readonly points: readonly Point[]
  readonly leastMax: number
  readonly format?: (value: number) => string
  readonly children: readonly (Omit<Series, 'points'> & { of: (total: Figures) => number | null })[]
}

function Chart({ title, figure, unit, points, leastMax, format = formatRate, children: lines }: ChartProps) {
  const toMs = points.at(-1)?.atMs ?? Date.now()
  const series = lines.map(({ of, ...line }) => ({
    ...line,
    points: points.map(({ atMs, total }) => ({ atMs, value: of(total) })),
  }))
  return (
    <section className="panel chart-panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {lines.length > 1 && (
          <span className="legend">
            {lines.map(({ name, tone }) => (
              <span key={name} className={`line-${tone}`}>
                <i className="dot" />
                {name}
              </span>
            ))}
          </span>
        )}
      </header>
      <p className="big-figure">
        <b>{figure}</b> <span>{unit}</span>
      </p>
      <TimeChart
        label={`${title} over the last five minutes; now ${figure} ${unit}`}
        series={series}
        fromMs={toMs - shownMs}
        toMs={toMs}
        format={format}
        leastMax={leastMax}
      />
    </section>
  )
}

function SmallFigure({ name, unit, children }: { name: string; unit: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <b>{children}</b> <span>{unit}</span>
      </dd>
    </div>
  )
}

function rate(value: number | undefined): string {
  return value === undefined ? '–' : formatRate(value)
}
