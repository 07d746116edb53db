import { useState } from 'react'
import type { Config, Tier } from '../../api/config.ts'
import { onboard } from '../../api/tenants.ts'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'

/** What a tenant's id may be: a slug of 1 to 40 characters. */
const idPattern = '[a-z0-9](-?[a-z0-9])*'

interface OnboardDialogProps {
  readonly tiers: Config['tiers']
  readonly onDone: (id: string) => void
  readonly onClose: () => void
}

/** Asks for a new tenant's id and tier, and brings it in. */
export function OnboardDialog({ tiers, onDone, onClose }: OnboardDialogProps) {
  const names = Object.keys(tiers)
  const [id, setId] = useState('')
  const [tier, setTier] = useState(names[0] ?? '')
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
        {names.map((name) => (
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
              <small>{describePlacement(tiers[name])}</small>
            </span>
          </label>
        ))}
      </fieldset>
    </ConfirmDialog>
  )
}

function describePlacement(tier: Tier | undefined): string {
  const { '*': rest, ...named } = tier?.placement ?? {}
  const silos = Object.entries(named).flatMap(([service, kind]) => (kind === 'silo' ? [service] : []))
  if (silos.length === 0)
    return rest === 'silo' ? 'everything in a silo of its own; takes some seconds' : 'everything in the pool'
  return `${silos.join(' and ')} in a silo of its own, the rest in the ${rest ?? 'pool'}; takes some seconds`
}
