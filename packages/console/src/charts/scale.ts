/** Takes a value of a range to a place of another, in proportion; a range of no length to the place's beginning. */
export function scaleLinear(
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): (value: number) => number {
  const length = to - from
  return (value) => (length === 0 ? start : start + ((value - from) / length) * (end - start))
}

/** The least round value that is at least `value`, by half of which can be read as well; 1 for nothing. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((one) => one * power >= value * (1 - 1e-9)) ?? 10
  return Number((step * power).toPrecision(12))
}

/** Round values from 0 to `max`, at most `count` after the first. */
export function niceTicks(max: number, count: number): readonly number[] {
  const step = niceStep(max / count)
  const ticks = Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, at) => at * step)
  return ticks.map((tick) => Number(tick.toPrecision(12)))
}

function niceStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 2.5, 5].find((one) => one * power >= value * (1 - 1e-9)) ?? 10) * power
}
