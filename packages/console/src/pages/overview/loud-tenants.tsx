import type { Loud } from '../../api/snapshot.ts'
import { formatShare } from '../../format/numbers.ts'
import { live } from '../../live/live-store.ts'
import { Panel } from '../../parts/panel.tsx'
import { hrefTo } from '../../routing/route.ts'
import { useStore } from '../../store.ts'

const words: Readonly<Record<Loud['what'], string>> = {
  requests: 'requests',
  connections: 'connections',
  cpu: 'processor time',
  events: 'events',
}

/** Who takes more than a fair share of what others need as well. */
export function LoudTenants() {
  const { snapshot } = useStore(live)
  const loud = snapshot?.loud ?? []
  return (
    <Panel title="Loud tenants" hint={loud.length > 0 ? 'share taken, against the fair one' : undefined}>
      {loud.length === 0 ? (
        <p className="empty is-calm">Nobody takes more than a fair share.</p>
      ) : (
        <ul className="loud-list">
          {loud.map(({ tenant, what, share, fair }) => (
            <li key={`${tenant} ${what}`}>
              <span>
                <a href={hrefTo('tenants', tenant)}>{tenant}</a> <span className="quiet">{words[what]}</span>
              </span>
              <span className="number">
                <b>{formatShare(share)}</b> <span className="quiet">fair {formatShare(fair)}</span>
              </span>
              <span className="share-track" aria-hidden="true">
                <span className="share-fill" style={{ width: `${Math.min(100, share * 100)}%` }} />
                <span className="share-fair" style={{ left: `${Math.min(100, fair * 100)}%` }} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
