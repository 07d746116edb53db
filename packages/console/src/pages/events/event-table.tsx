import { Fragment, useState } from 'react'
import type { EventLine } from '../../api/events.ts'
import { Age } from '../../parts/age.tsx'
import { hrefTo } from '../../routing/route.ts'
import { EventDetailView } from './event-detail-view.tsx'
import { keyOfEvent } from './group-events.ts'

interface EventTableProps {
  readonly events: readonly EventLine[]
  readonly marked: ReadonlySet<string>
  readonly onMark: (marked: ReadonlySet<string>) => void
}

/** Events that are not over, a row each; a row opens what is known of its event. */
export function EventTable({ events, marked, onMark }: EventTableProps) {
  const [opened, setOpened] = useState<string | null>(null)
  if (events.length === 0) return <p className="empty is-calm">No event waits, and none was given up.</p>
  const keys = events.map(keyOfEvent)
  const areAllMarked = keys.every((key) => marked.has(key))
  const mark = (key: string) => {
    const now = new Set(marked)
    if (!now.delete(key)) now.add(key)
    onMark(now)
  }
  return (
    <div className="scrolled">
      <table className="table">
        <thead>
          <tr>
            <th scope="col" className="mark-cell">
              <input
                type="checkbox"
                aria-label="Mark all"
                checked={areAllMarked}
                onChange={() => onMark(new Set(areAllMarked ? [] : keys))}
              />
            </th>
            <th scope="col">Event</th>
            <th scope="col">Type</th>
            <th scope="col">Tenant</th>
            <th scope="col">For</th>
            <th scope="col">State</th>
            <th scope="col" className="number">
              Since
            </th>
            <th scope="col" className="number">
              Tries
            </th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {events.map((line) => {
            const key = keyOfEvent(line)
            const isOpen = key === opened
            return (
              <Fragment key={key}>
                <tr className={isOpen ? 'is-open' : undefined}>
                  <td className="mark-cell">
                    <input
                      type="checkbox"
                      aria-label={`Mark ${line.id}`}
                      checked={marked.has(key)}
                      onChange={() => mark(key)}
                    />
                  </td>
                  <td className="mono">
                    <button
                      type="button"
                      className="text-button"
                      aria-expanded={isOpen}
                      title={line.id}
                      onClick={() => setOpened(isOpen ? null : key)}
                    >
                      {line.id.slice(0, 8)}
                    </button>
                  </td>
                  <td>{line.type ?? <span className="quiet">none</span>}</td>
                  <td>
                    <a href={hrefTo('tenants', line.tenant)}>{line.tenant}</a>
                  </td>
                  <td>{line.service ?? <span className="quiet">nobody yet</span>}</td>
                  <td>
                    <span className={toneOf(line.state)}>{line.state}</span>
                  </td>
                  <td className="number">
                    <Age at={line.since} />
                  </td>
                  <td className="number">{line.attempts}</td>
                  <td className="reason" title={line.reason ?? undefined}>
                    {line.reason}
                  </td>
                </tr>
                {isOpen && (
                  <tr className="detail-row">
                    <td colSpan={9}>
                      <EventDetailView line={line} />
                    </td>
                  </tr>
                )}
              </Fragment>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function toneOf(state: EventLine['state']): string {
  if (state === 'dead' || state === 'quarantined') return 'is-bad'
  return state === 'parked' ? 'is-warn' : ''
}
