import { useState } from 'react'
import type { Tier } from '../../api/config.ts'
import { changeLimits, type Tenant } from '../../api/tenants.ts'
import { ErrorNotice } from '../../parts/error-notice.tsx'
import { Panel } from '../../parts/panel.tsx'
import { useAction } from '../../parts/use-action.ts'
import { limitRows } from './limit-rows.ts'
import { LimitsDialog } from './limits-dialog.tsx'

interface LimitsPanelProps {
  readonly tenant: Tenant
  readonly tier: Tier | undefined
  readonly onChanged: () => void
}

/** What this tenant may ask for: by its tier, and what was set for it alone. */
export function LimitsPanel({ tenant, tier, onChanged }: LimitsPanelProps) {
  const [isEditing, setEditing] = useState(false)
  const clear = useAction(
    () => changeLimits(tenant.id, { requestsPerSecond: null, concurrency: null, weight: null }),
    onChanged,
  )
  const rows = limitRows(tier?.limits, tenant.limits)
  const hasOwn = rows.some(({ own }) => own !== null)
  return (
    <Panel
      title="Limits"
      isFlush
      actions={
        <>
          {hasOwn && (
            <button type="button" className="button is-small" disabled={clear.isRunning} onClick={clear.run}>
              Back to the tier’s
            </button>
          )}
          <button type="button" className="button is-small" onClick={() => setEditing(true)}>
            Change
          </button>
        </>
      }
    >
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Limit</th>
            <th scope="col" className="number">
              {tenant.tier}
            </th>
            <th scope="col" className="number">
              Its own
            </th>
            <th scope="col" className="number">
              In force
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, text, ofTier, own }) => (
            <tr key={name}>
              <th scope="row">{text}</th>
              <td className={`number ${own === null ? '' : 'is-nothing'}`}>{ofTier ?? 'no limit'}</td>
              <td className="number">{own ?? <span className="quiet">–</span>}</td>
              <td className="number">
                <b>{own ?? ofTier ?? 'no limit'}</b>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {clear.error && <ErrorNotice error={clear.error} />}
      {isEditing && (
        <LimitsDialog tenant={tenant} rows={rows} onDone={onChanged} onClose={() => setEditing(false)} />
      )}
    </Panel>
  )
}
