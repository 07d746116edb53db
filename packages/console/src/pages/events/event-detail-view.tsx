import { useState } from 'react'
import { type EventDetail, type EventLine, readEvent } from '../../api/events.ts'
import { formatMoment } from '../../format/times.ts'
import { Age } from '../../parts/age.tsx'
import { ErrorNotice } from '../../parts/error-notice.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { useAction } from '../../parts/use-action.ts'
import { hrefTo } from '../../routing/route.ts'
import { useResource } from '../../use-resource.ts'
import { OperatorField, useOperatorName } from './operator-field.tsx'

/** Everything known of one event: what it says of itself, attempts, and what was done with it. Its data only on record. */
export function EventDetailView({ line }: { line: EventLine }) {
  const filter = { tenant: line.tenant, service: line.service ?? undefined }
  const detail = useResource(`event ${line.id} ${line.tenant} ${line.service}`, (signal) =>
    readEvent(line.id, filter, signal),
  )
  const [data, setData] = useState<string | null>(null)
  const operator = useOperatorName()
  const show = useAction(async () => {
    const [event] = await readEvent(line.id, { ...filter, dataFor: operator.name })
    setData(event?.data ?? 'it has none')
    detail.reload()
  })
  return (
    <ResourceView resource={detail}>
      {(events) => (
        <div className="event-detail">
          {events.map((event) => (
            <Known key={`${event.id} ${event.tenant}`} event={event} />
          ))}
          {data === null ? (
            <div className="event-data-ask">
              {!operator.isKnown && <OperatorField operator={operator} />}
              <button
                type="button"
                className="button is-small"
                disabled={operator.name === '' || show.isRunning}
                onClick={show.run}
              >
                Show its data
              </button>
              <span className="quiet">A tenant’s data: who looked, and when, is put on record.</span>
            </div>
          ) : (
            <pre className="event-data">{data}</pre>
          )}
          {show.error && <ErrorNotice error={show.error} />}
        </div>
      )}
    </ResourceView>
  )
}

function Known({ event }: { event: EventDetail }) {
  const { id, attributes, storedAt, deliveries, refused, operations } = event
  return (
    <>
      <dl className="event-facts">
        <div>
          <dt>event</dt>
          <dd className="mono">
            <a href={hrefTo('requests', id)}>{id}</a>
          </dd>
        </div>
        <div>
          <dt>stored</dt>
          <dd>{formatMoment(Date.parse(storedAt))}</dd>
        </div>
        {attributes.subject && (
          <div>
            <dt>subject</dt>
            <dd className="mono">{attributes.subject}</dd>
          </div>
        )}
      </dl>
      {refused && <p className="is-bad">Quarantined in the outbox: {refused}</p>}
      {deliveries.map(({ service, attempts, failures, nextAttemptAt, state }) => (
        <div key={service}>
          <h3>
            For {service}: {state}, {attempts} {attempts === 1 ? 'try' : 'tries'}
            {nextAttemptAt && state === 'waiting' && `, next at ${formatMoment(Date.parse(nextAttemptAt))}`}
          </h3>
          <ul className="attempts">
            {failures.map(({ at, reason }) => (
              <li key={`${at} ${reason}`}>
                <span className="clock">{formatMoment(Date.parse(at))}</span> {reason}
              </li>
            ))}
          </ul>
        </div>
      ))}
      {operations.length > 0 && (
        <div>
          <h3>On record</h3>
          <ul className="attempts">
            {operations.map(({ at, operator, action, service }) => (
              <li key={`${at} ${action} ${service}`}>
                <span className="clock">
                  <Age at={at} /> ago
                </span>{' '}
                {action}
                {service && ` for ${service}`} by {operator}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  )
}
