import { formatAge, formatMoment } from '../format/times.ts'
import { useNow } from './use-now.ts'

/** How long ago something was, and when, for who asks. `at` is an RFC 3339 text or milliseconds since 1970. */
export function Age({ at }: { at: string | number }) {
  const nowMs = useNow()
  const atMs = typeof at === 'number' ? at : Date.parse(at)
  return (
    <time dateTime={new Date(atMs).toISOString()} title={formatMoment(atMs)}>
      {formatAge(nowMs - atMs)}
    </time>
  )
}
