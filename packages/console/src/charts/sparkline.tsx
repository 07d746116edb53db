import { areaPath, linePath } from './paths.ts'
import { scaleLinear } from './scale.ts'

const [width, height] = [72, 20]
const slots = 60

/** The shape of the last minute, the newest at the right, without a scale: the figure stands beside it. */
export function Sparkline({ values }: { values: readonly number[] }) {
  const max = Math.max(...values, 1e-9)
  const x = scaleLinear([0, slots - 1], [1, width - 1])
  const y = scaleLinear([0, max], [height - 2, 2])
  const places = values.map((value, at) => ({ x: x(slots - values.length + at), y: y(value) }))
  return (
    <svg className="sparkline line-accent" width={width} height={height} aria-hidden="true">
      <path className="area" d={areaPath(places, height - 1)} />
      <path className="line" d={linePath(places)} />
    </svg>
  )
}
