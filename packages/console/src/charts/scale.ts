/** Takes a value of a range to a place of another, in proportion; a range of no length to the place's beginning. */
export function scaleLinear(
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): (value: number) => number {
  const length = to - from
  return (value) => (length === 0 ? start : start + ((value - from) / length) * (end - start))
}

/** The least of 1, 2, 2.5 and 5 times a power of ten that is at least `value`; 1 for nothing. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 2.5, 5, 10].find((one) => one * power >= value * (1 - 1e-9)) ?? 10
  return Number((step * power).toPrecision(12))
}

/** Round values from 0 to `max`, about `count` of them. */
export function niceTicks(max: number, count: number): readonly number[] {
  const step = niceCeiling(max / count)
  const ticks = Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, at) => at * step)
  return ticks.map((tick) => Number(tick.toPrecision(12)))
}
