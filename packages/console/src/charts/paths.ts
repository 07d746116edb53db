/** A point of a chart; no `y` where nothing is known. */
export interface Place {
  readonly x: number
  readonly y: number | null
}

/** The line through the places, in SVG's words, broken where nothing is known, and where `gap` or more lies between two. */
export function linePath(places: readonly Place[], gap = Number.POSITIVE_INFINITY): string {
  return runsOf(places, gap)
    .map((run) => run.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join(''))
    .join('')
}

/** The area between the places and `base`. */
export function areaPath(places: readonly Place[], base: number, gap = Number.POSITIVE_INFINITY): string {
  return runsOf(places, gap)
    .map((run) => {
      const line = run.map(({ x, y }) => `L${round(x)} ${round(y)}`).join('')
      return `M${round(run[0]?.x ?? 0)} ${round(base)}${line}L${round(run.at(-1)?.x ?? 0)} ${round(base)}Z`
    })
    .join('')
}

function runsOf(places: readonly Place[], gap: number): { x: number; y: number }[][] {
  const runs: { x: number; y: number }[][] = []
  let run: { x: number; y: number }[] = []
  for (const { x, y } of places) {
    const last = run.at(-1)
    if (y === null || (last && x - last.x >= gap)) {
      if (run.length > 0) runs.push(run)
      run = []
    }
    if (y !== null) run.push({ x, y })
  }
  if (run.length > 0) runs.push(run)
  return runs
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
