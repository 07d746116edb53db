import type { EventLag } from '../../api/events.ts'
import { formatCount } from '../../format/numbers.ts'
import { Age } from '../../parts/age.tsx'
import { Panel } from '../../parts/panel.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { hrefTo } from '../../routing/route.ts'
import type { Resource } from '../../use-resource.ts'

/** How much waits for whom, and since when. */
export function LagPanel({ lag }: { lag: Resource<EventLag> }) {
  return (
    <Panel title="Lag" isFlush hint={lag.data && describeKept(lag.data.kept)}>
      <ResourceView resource={lag}>
        {({ lag: waits, away, unread }) => (
          <>
            {away.map(({ deployment, since, opened }) => (
              <p key={deployment} className="notice is-bad panel-inset">
                <strong>{deployment}</strong> cannot be reached, since <Age at={since} />
                {opened > 1 && `, for the ${opened}. time since the relay started`}. Its events wait.
              </p>
            ))}
            {unread.length > 0 && (
              <p className="notice is-warn panel-inset">Not read: {unread.join(', ')}.</p>
            )}
            {waits.length === 0 ? (
              <p className="empty is-calm">Nothing waits.</p>
            ) : (
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Tenant</th>
                    <th scope="col">Where</th>
                    <th scope="col" className="number">
                      Waiting
                    </th>
                    <th scope="col" className="number">
                      Oldest
                    </th>
                    <th scope="col">Why</th>
                  </tr>
                </thead>
                <tbody>
                  {waits.map(({ tenant, service, place, waiting, oldestAt, parked, reason }) => (
                    <tr key={`${tenant} ${service} ${place}`}>
                      <th scope="row">
                        <a href={hrefTo('tenants', tenant)}>{tenant}</a>
                      </th>
                      <td>{place === 'bus' ? `for ${service}` : `in ${service}’s outbox`}</td>
                      <td className="number">{formatCount(waiting)}</td>
                      <td className="number">
                        <Age at={oldestAt} />
                      </td>
                      <td>
                        {parked ? (
                          <span className="is-warn">parked: the tenant is suspended</span>
                        ) : (
                          (reason ?? '')
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </>
        )}
      </ResourceView>
    </Panel>
  )
}

function describeKept({ bus, outboxes, inboxes }: EventLag['kept']): string {
  const [onBus, out, known] = [bus, outboxes, inboxes].map(formatCount)
  return `kept, about: ${onBus} on the bus, ${out} in outboxes, ${known} known to inboxes`
}
