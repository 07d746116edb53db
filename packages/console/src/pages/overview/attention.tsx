import { readDeployments } from '../../api/deployments.ts'
import { readEventLag, readEvents } from '../../api/events.ts'
import { Panel } from '../../parts/panel.tsx'
import { useNow } from '../../parts/use-now.ts'
import { useResource } from '../../use-resource.ts'
import { listWorries } from './list-worries.ts'

/** What an operator should look at; that there is nothing, else. */
export function Attention() {
  const deployments = useResource('deployments', readDeployments, { everyMs: 10_000 })
  const lag = useResource('event-lag', readEventLag, { everyMs: 10_000 })
  const dead = useResource('dead events', (signal) => readEvents({ state: 'dead' }, signal), {
    everyMs: 10_000,
  })
  const nowMs = useNow()
  if (!deployments.data || !dead.data) return null
  const worries = listWorries(
    { deployments: deployments.data, dead: dead.data.events, isMoreDead: dead.data.more, lag: lag.data },
    nowMs,
  )
  return (
    <Panel title="Needs attention">
      {worries.length === 0 ? (
        <p className="empty is-calm">
          All {deployments.data.length} deployments run, and no event is late or given up.
        </p>
      ) : (
        <ul className="fact-list">
          {worries.map(({ text, href }) => (
            <li key={text}>
              <span className="is-bad">{text}</span>
              <a href={href}>See</a>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
