const clock = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const hour = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' })

/** 14:03:59 by the operator's clock. */
export function formatClock(atMs: number): string {
  return clock.format(atMs)
}

/** 14:00 by the operator's clock. */
export function formatHour(atMs: number): string {
  return hour.format(atMs)
}

/** Nov 26, 2026, 14:03:59. */
export function formatMoment(atMs: number): string {
  return `${day.format(atMs)}, ${clock.format(atMs)}`
}

/** Nov 26, 2026. */
export function formatDay(atMs: number): string {
  return day.format(atMs)
}

/** How long something has been so: just now, 40 s, 12 min, 3 h, 5 d. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 2) return 'just now'
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`
}
