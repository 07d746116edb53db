import { readEventLag, readEvents } from '../../api/events.ts'
import { formatCount } from '../../format/numbers.ts'
import { Age } from '../../parts/age.tsx'
import { Panel } from '../../parts/panel.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { hrefTo } from '../../routing/route.ts'
import { useResource } from '../../use-resource.ts'

/** What of this tenant's events is not over. */
export function TenantEvents({ id }: { id: string }) {
  const lag = useResource('event-lag', readEventLag, { everyMs: 5_000 })
  const events = useResource(`events of ${id}`, (signal) => readEvents({ tenant: id, limit: 200 }, signal), {
    everyMs: 5_000,
  })
  const waits = lag.data?.lag.filter(({ tenant }) => tenant === id) ?? []
  const given =
    events.data?.events.filter(({ state }) => state === 'dead' || state === 'quarantined').length ?? 0
  return (
    <Panel title="Events" actions={<a href={hrefTo('events', null, { tenant: id })}>Open</a>}>
      <ResourceView resource={events}>
        {() => (
          <ul className="fact-list">
            <li>
              <span>Given up</span>
              <b className={given > 0 ? 'is-bad' : 'is-nothing'}>{formatCount(given)}</b>
            </li>
            {waits.map(({ service, place, waiting, oldestAt, parked }) => (
              <li key={`${service} ${place}`}>
                <span>
                  {place === 'bus' ? `for ${service}` : `in ${service}’s outbox`}
                  <span className="quiet">
                    {parked ? ' parked' : ''} since <Age at={oldestAt} />
                  </span>
                </span>
                <b>{formatCount(waiting)}</b>
              </li>
            ))}
            {waits.length === 0 && (
              <li>
                <span>Waiting</span>
                <b className="is-nothing">0</b>
              </li>
            )}
          </ul>
        )}
      </ResourceView>
    </Panel>
  )
}
