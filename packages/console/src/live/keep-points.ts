import type { Point } from '../api/snapshot.ts'

/** How far back the page shows, in milliseconds. */
export const shownMs = 300_000

/** The points known and those that came, in the order of time, without what is older than the page shows. */
export function keepPoints(known: readonly Point[], came: readonly Point[]): readonly Point[] {
  const lastAtMs = known.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY
  const points = [...known, ...came.filter(({ atMs }) => atMs > lastAtMs)]
  const newestAtMs = points.at(-1)?.atMs ?? 0
  const first = points.findIndex(({ atMs }) => atMs > newestAtMs - shownMs)
  return first > 0 ? points.slice(first) : points
}
