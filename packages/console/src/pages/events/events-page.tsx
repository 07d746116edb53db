import { useState } from 'react'
import { type EventLine, openStates, readEventLag, readEvents } from '../../api/events.ts'
import { Page } from '../../parts/page.tsx'
import { Panel } from '../../parts/panel.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { Segments } from '../../parts/segments.tsx'
import { setQuery, useRoute } from '../../routing/use-route.ts'
import { useResource } from '../../use-resource.ts'
import { EventTable } from './event-table.tsx'
import { keyOfEvent } from './group-events.ts'
import { LagPanel } from './lag-panel.tsx'
import { OperateDialog, type Operation } from './operate-dialog.tsx'

const choices = [{ value: '', text: 'All' }, ...openStates.map((value) => ({ value, text: value }))]

/** What waits, what was given up, and what is done about it. */
export function EventsPage() {
  const { query } = useRoute()
  const { tenant, service } = query
  const state = openStates.find((one) => one === query.state)
  const lag = useResource('event-lag', readEventLag, { everyMs: 3_000 })
  const events = useResource(
    `events ${state ?? ''} ${tenant ?? ''} ${service ?? ''}`,
    (signal) => readEvents({ state, tenant, service }, signal),
    { everyMs: 5_000 },
  )
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  const [operation, setOperation] = useState<Operation | null>(null)
  const lines = events.data?.events ?? []
  const chosen = lines.filter((line) => marked.has(keyOfEvent(line)))
  const areDead = chosen.length > 0 && chosen.every((line) => line.state === 'dead')
  const settle = () => {
    setMarked(new Set())
    events.reload()
    lag.reload()
  }
  return (
    <Page title="Events" hint="those that are not over">
      <LagPanel lag={lag} />
      <Panel
        title="Events"
        isFlush
        actions={
          <>
            {chosen.length > 0 && <span className="quiet">{chosen.length} marked</span>}
            <button
              type="button"
              className="button is-small"
              disabled={!areDead}
              title={areDead ? undefined : 'Mark events that are dead'}
              onClick={() => setOperation({ kind: 'replay', events: chosen })}
            >
              Replay
            </button>
            <button
              type="button"
              className="button is-small is-danger-quiet"
              disabled={chosen.length === 0}
              onClick={() => setOperation({ kind: 'discard', events: chosen })}
            >
              Discard
            </button>
          </>
        }
      >
        <div className="filters panel-inset">
          <Segments
            label="State"
            value={query.state ?? ''}
            choices={choices}
            onChoose={(value) => setQuery({ state: value })}
          />
          <Filter name="tenant" value={tenant} placeholder="Only of one tenant" isSearch />
          <Filter name="service" value={service} placeholder="Only for one service" />
          {tenant && service && (
            <button
              type="button"
              className="button is-small"
              onClick={() => setOperation({ kind: 'replay-all', tenant, service })}
            >
              Replay all that are dead
            </button>
          )}
        </div>
        <ResourceView resource={events}>
          {({ events: known, more }) => (
            <>
              <EventTable events={known} marked={marked} onMark={setMarked} />
              {more && <p className="quiet panel-note">There are more: narrow them down.</p>}
            </>
          )}
        </ResourceView>
      </Panel>
      {operation && (
        <OperateDialog operation={operation} onDone={settle} onClose={() => setOperation(null)} />
      )}
    </Page>
  )
}

interface FilterProps {
  readonly name: keyof Pick<EventLine, 'tenant' | 'service'>
  readonly value: string | undefined
  readonly placeholder: string
  readonly isSearch?: boolean
}

function Filter({ name, value, placeholder, isSearch = false }: FilterProps) {
  const choose = (text: string) => setQuery({ [name]: text.trim() })
  return (
    <input
      key={value}
      type={isSearch ? 'search' : 'text'}
      aria-label={placeholder}
      placeholder={placeholder}
      defaultValue={value ?? ''}
      onKeyDown={({ key, currentTarget }) => key === 'Enter' && choose(currentTarget.value)}
      onBlur={({ currentTarget }) => choose(currentTarget.value)}
    />
  )
}
