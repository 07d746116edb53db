const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

/** How long ago, in the largest whole unit: `3 d`, `5 h`, `2 min`, `10 s`. */
export function describeAge(ms: number): string {
  for (const [unit, size] of units) if (ms >= size) return `${Math.floor(ms / size)} ${unit}`
  return `${Math.max(0, Math.floor(ms / 1000))} s`
}
