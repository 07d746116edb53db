import { Sparkline } from '../../charts/sparkline.tsx'
import { formatMs, formatRate } from '../../format/numbers.ts'
import { live } from '../../live/live-store.ts'
import { useStore } from '../../store.ts'

/** What this tenant does at this moment. */
export function TenantNow({ id }: { id: string }) {
  const { state, snapshot, rates } = useStore(live)
  if (state === 'absent' || !snapshot) return null
  const now = snapshot.tenants.find((tenant) => tenant.id === id)
  const figures = [
    ['Errors/s', formatRate(now?.errorsPerSecond ?? 0)],
    ['Limited/s', formatRate(now?.limitedPerSecond ?? 0)],
    ['p50', formatMs(now?.p50Ms ?? null)],
    ['p95', formatMs(now?.p95Ms ?? null)],
    ['CPU cores', formatRate(now?.cpuCores ?? 0)],
    ['Database', `${formatMs(now?.databaseMsPerSecond ?? 0)}/s`],
    ['Events/s', formatRate(now?.eventsPerSecond ?? 0)],
  ] as const
  return (
    <dl className="panel figure-row" aria-label="At this moment">
      <div>
        <dt>Requests/s</dt>
        <dd>
          {formatRate(now?.requestsPerSecond ?? 0)} <Sparkline values={rates.get(id) ?? [0]} />
        </dd>
      </div>
      {figures.map(([name, figure]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{figure}</dd>
        </div>
      ))}
    </dl>
  )
}
