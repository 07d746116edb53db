import { useState } from 'react'
import { changeLimits, type Tenant } from '../../api/tenants.ts'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { type LimitName, type LimitRow, limitChanges } from './limit-rows.ts'

interface LimitsDialogProps {
  readonly tenant: Tenant
  readonly rows: readonly LimitRow[]
  readonly onDone: () => void
  readonly onClose: () => void
}

const bounds: Readonly<Record<LimitName, { min: number; max: number; step: number | 'any' }>> = {
  requestsPerSecond: { min: 0.01, max: 100_000, step: 'any' },
  concurrency: { min: 1, max: 100_000, step: 1 },
  weight: { min: 1, max: 100, step: 1 },
}

/** Sets limits for one tenant alone. */
export function LimitsDialog({ tenant, rows, onDone, onClose }: LimitsDialogProps) {
  const [fields, setFields] = useState(
    () =>
      Object.fromEntries(rows.map(({ name, own }) => [name, own?.toString() ?? ''])) as Record<
        LimitName,
        string
      >,
  )
  const changes = limitChanges(rows, fields)
  return (
    <ConfirmDialog
      title={`Limits of ${tenant.id}`}
      verb="Set"
      isReady={Object.keys(changes).length > 0}
      act={() => changeLimits(tenant.id, changes)}
      onDone={onDone}
      onClose={onClose}
    >
      <p>They hold in every gateway within five seconds. What is left empty is as the tier says.</p>
      {rows.map(({ name, text, ofTier }) => (
        <label key={name} className="field is-inline">
          <span>{text}</span>
          <input
            type="number"
            value={fields[name]}
            placeholder={ofTier?.toString() ?? 'no limit'}
            {...bounds[name]}
            onChange={({ target }) => setFields((now) => ({ ...now, [name]: target.value }))}
          />
        </label>
      ))}
    </ConfirmDialog>
  )
}
