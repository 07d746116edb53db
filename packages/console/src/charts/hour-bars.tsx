import { formatHour } from '../format/times.ts'
import { niceCeiling, scaleLinear } from './scale.ts'
import { useWidth } from './use-width.ts'

const [height, top, bottom] = [150, 8, 20]
const hourMs = 3_600_000

interface HourBarsProps {
  readonly label: string
  /** The value of each hour, by its beginning in seconds since 1970; hours that are missing are nothing. */
  readonly values: ReadonlyMap<number, number>
  readonly toMs: number
  readonly format: (value: number) => string
}

/** The last 24 hours, a bar for each. */
export function HourBars({ label, values, toMs, format }: HourBarsProps) {
  const [frame, width] = useWidth<HTMLElement>()
  const lastMs = Math.floor(toMs / hourMs) * hourMs
  const hours = Array.from({ length: 24 }, (_, at) => lastMs - (23 - at) * hourMs)
  const max = niceCeiling(Math.max(0, ...values.values()))
  const y = scaleLinear([0, max], [height - bottom, top])
  const step = width / 24
  return (
    <figure className="hour-bars" ref={frame}>
      <svg role="img" aria-label={label} width={width} height={height}>
        {[0.5, 1].map((share) => (
          <g key={share}>
            <line className="grid" x1="0" x2={width} y1={y(max * share)} y2={y(max * share)} />
            <text className="tick" x="0" y={y(max * share) + 12}>
              {format(max * share)}
            </text>
          </g>
        ))}
        <line className="axis" x1="0" x2={width} y1={y(0)} y2={y(0)} />
        {hours.map((atMs, at) => {
          const value = values.get(atMs / 1_000) ?? 0
          // What there was of is seen, however little.
          const barTop = value > 0 ? Math.min(y(value), y(0) - 2) : y(0)
          return (
            <g key={atMs}>
              <rect
                className="bar"
                x={at * step + 1.5}
                width={Math.max(1, step - 3)}
                y={barTop}
                height={y(0) - barTop}
                rx="2"
              >
                <title>{`${formatHour(atMs)}: ${format(value)}`}</title>
              </rect>
              {at % 6 === 5 && (
                <text className="tick" x={at * step + step / 2} y={height - 5} textAnchor="middle">
                  {formatHour(atMs)}
                </text>
              )}
            </g>
          )
        })}
      </svg>
    </figure>
  )
}
