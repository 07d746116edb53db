import { useState } from 'react'
import type { Config } from '../../api/config.ts'
import { onboard } from '../../api/tenants.ts'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { describePlacement } from './describe-placement.ts'

/** What a tenant's id may be: a slug of 1 to 40 characters. */
const idPattern = '[a-z0-9](-?[a-z0-9])*'

interface OnboardDialogProps {
  readonly tiers: Config['tiers']
  readonly onDone: (id: string) => void
  readonly onClose: () => void
}

/** Asks for a new tenant's id and tier, and brings it in. */
export function OnboardDialog({ tiers, onDone, onClose }: OnboardDialogProps) {
  const choices = Object.entries(tiers)
  const [id, setId] = useState('')
  const [tier, setTier] = useState(choices[0]?.[0] ?? '')
  return (
    <ConfirmDialog
      title="Onboard a tenant"
      verb="Onboard"
      isReady={id !== '' && tier !== ''}
      act={() => onboard(id, tier)}
      onDone={() => onDone(id)}
      onClose={onClose}
    >
      <label className="field">
        <span>Id</span>
        <input
          type="text"
          value={id}
          required
          maxLength={40}
          pattern={idPattern}
          autoComplete="off"
          spellCheck={false}
          aria-describedby="onboard-id-help"
          onChange={({ target }) => setId(target.value)}
        />
        <small id="onboard-id-help">
          Lowercase letters, digits and single hyphens; 40 characters at most. It stays.
        </small>
      </label>
      <fieldset className="choices">
        <legend>Tier</legend>
        {choices.map(([name, one]) => (
          <label key={name} className="choice">
            <input
              type="radio"
              name="tier"
              value={name}
              checked={name === tier}
              onChange={() => setTier(name)}
            />
            <span>
              <b>{name}</b>
              <small>{describePlacement(one)}</small>
            </span>
          </label>
        ))}
      </fieldset>
    </ConfirmDialog>
  )
}
