import type { Tenant } from '../api/tenants.ts'

/** A tenant's status, by a mark and a word. */
export function StatusBadge({ status }: { status: Tenant['status'] }) {
  const tone = { active: 'is-good', suspended: 'is-bad', onboarding: 'is-warn' }[status]
  return (
    <span className={`status ${tone}`}>
      <i className="dot" />
      {status}
    </span>
  )
}

/** What a tenant pays for. */
export function TierBadge({ tier }: { tier: string }) {
  return <span className="badge">{tier}</span>
}

/** Whether something is shared or a tenant's own. */
export function KindBadge({ kind }: { kind: 'pool' | 'silo' }) {
  return (
    <span className={`kind is-${kind}`}>
      <i className={`kind-mark is-${kind}`} />
      {kind}
    </span>
  )
}

/** An HTTP status: what failed is red, what was refused amber. */
export function HttpStatus({ status }: { status: number | null }) {
  const tone = status === null ? '' : status >= 500 ? 'is-bad' : status >= 400 ? 'is-warn' : ''
  return <span className={`http-status ${tone}`}>{status ?? '–'}</span>
}
