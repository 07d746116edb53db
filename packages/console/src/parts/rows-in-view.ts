/** Which rows of a long list are drawn, and how much room those before and after take, in pixels. */
export interface RowsInView {
  readonly first: number
  /** After the last one. */
  readonly end: number
  readonly before: number
  readonly after: number
}

// What is scrolled to quickly is there before it is seen.
const spare = 12

/** The rows of `count`, each `rowHeight` pixels high, that a window of `height` pixels shows from `scrolled` pixels on. */
export function rowsInView({
  count,
  rowHeight,
  scrolled,
  height,
}: {
  count: number
  rowHeight: number
  scrolled: number
  height: number
}): RowsInView {
  const last = Math.max(0, count - Math.ceil(height / rowHeight))
  const top = Math.min(Math.max(0, Math.floor(scrolled / rowHeight)), last)
  const first = Math.max(0, top - spare)
  const end = Math.min(count, top + Math.ceil(height / rowHeight) + 1 + spare)
  return { first, end, before: first * rowHeight, after: (count - end) * rowHeight }
}
