import { type PointerEvent, useId, useState } from 'react'
import { formatClock } from '../format/times.ts'
import { areaPath, linePath, type Place } from './paths.ts'
import { niceCeiling, scaleLinear } from './scale.ts'
import { useWidth } from './use-width.ts'

/** One line of a chart over time. */
export interface Series {
  readonly name: string
  /** The class that colours it, as `line-accent`. */
  readonly tone: 'accent' | 'bad' | 'warn' | 'quiet'
  readonly isFilled?: boolean
  readonly points: readonly { readonly atMs: number; readonly value: number | null }[]
}

interface TimeChartProps {
  /** What it shows, for who does not see it. */
  readonly label: string
  readonly series: readonly Series[]
  readonly fromMs: number
  readonly toMs: number
  readonly format: (value: number) => string
  /** The least top of the scale, so that next to nothing does not look like much. */
  readonly leastMax?: number
}

const height = 132
const top = 8
const bottom = 20
const gapMs = 5_000

/** Values over a stretch of time, with the figures of a moment where the pointer is. */
export function TimeChart({ label, series, fromMs, toMs, format, leastMax = 1 }: TimeChartProps) {
  const [frame, width] = useWidth<HTMLElement>()
  const [pointed, setPointed] = useState<number | null>(null)
  const clip = useId()
  const values = series.flatMap(({ points }) => points.map(({ value }) => value ?? 0))
  const max = niceCeiling(Math.max(leastMax, ...values))
  const x = scaleLinear([fromMs, toMs], [0, width])
  const y = scaleLinear([0, max], [height - bottom, top])
  const gap = x(fromMs + gapMs) - x(fromMs)
  const atMs =
    pointed === null ? null : nearest(series, fromMs + (pointed / Math.max(1, width)) * (toMs - fromMs))

  const move = ({ clientX, currentTarget }: PointerEvent<Element>) =>
    setPointed(clientX - currentTarget.getBoundingClientRect().left)

  return (
    <figure className="time-chart" ref={frame} onPointerMove={move} onPointerLeave={() => setPointed(null)}>
      <svg role="img" aria-label={label} width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
        <clipPath id={clip}>
          <rect x="0" y="0" width={width} height={height} />
        </clipPath>
        {[0.5, 1].map((share) => (
          <line key={share} className="grid" x1="0" x2={width} y1={y(max * share)} y2={y(max * share)} />
        ))}
        <line className="axis" x1="0" x2={width} y1={y(0)} y2={y(0)} />
        <g clipPath={`url(#${clip})`}>
          {series.map(({ name, tone, isFilled, points }) => {
            const places: Place[] = points.map(({ atMs, value }) => ({
              x: x(atMs),
              y: value === null ? null : y(value),
            }))
            return (
              <g key={name} className={`line-${tone}`}>
                {isFilled && <path className="area" d={areaPath(places, y(0), gap)} />}
                <path className="line" d={linePath(places, gap)} />
              </g>
            )
          })}
        </g>
        {[0.5, 1].map((share) => (
          <text key={share} className="tick" x="0" y={y(max * share) + 12}>
            {format(max * share)}
          </text>
        ))}
        {minutesBetween(fromMs, toMs).map((minuteMs) => (
          <text key={minuteMs} className="tick" x={x(minuteMs)} y={height - 5} textAnchor="middle">
            {formatClock(minuteMs).slice(0, 5)}
          </text>
        ))}
        {atMs !== null && <line className="pointer" x1={x(atMs)} x2={x(atMs)} y1={top} y2={y(0)} />}
      </svg>
      {atMs !== null && (
        <figcaption className={x(atMs) > width / 2 ? 'reading at-left' : 'reading at-right'}>
          <span className="reading-time">{formatClock(atMs)}</span>
          {series.map(({ name, tone, points }) => {
            const value = points.find((point) => point.atMs === atMs)?.value
            return (
              <span key={name} className={`reading-value line-${tone}`}>
                <i className="dot" />
                {name} <b>{value === undefined || value === null ? '–' : format(value)}</b>
              </span>
            )
          })}
        </figcaption>
      )}
    </figure>
  )
}

function nearest(series: readonly Series[], wantedMs: number): number | null {
  const points = series[0]?.points ?? []
  let best: number | null = null
  for (const { atMs } of points) {
    if (best === null || Math.abs(atMs - wantedMs) < Math.abs(best - wantedMs)) best = atMs
  }
  return best
}

// Whole minutes, far enough from the edges for their names to be seen.
function minutesBetween(fromMs: number, toMs: number): number[] {
  const first = Math.ceil((fromMs + 15_000) / 60_000) * 60_000
  const minutes: number[] = []
  for (let at = first; at < toMs - 15_000; at += 60_000) minutes.push(at)
  return minutes
}
