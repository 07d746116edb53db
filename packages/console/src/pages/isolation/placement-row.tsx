import type { PlacementAudit } from '../../api/audit.ts'
import { hrefTo } from '../../routing/route.ts'
import { CheckList } from './check-list.tsx'
import { FindingList } from './finding-list.tsx'
import { countFindings, gatherFindings, hasHole } from './gather-findings.ts'

/** One database: how much holds, and behind it, what. */
export function PlacementRow({ placement }: { placement: PlacementAudit }) {
  const { database, tenant, audit, adopted } = placement
  const [weaker, holes] = [countFindings(placement, 'weaker'), countFindings(placement, 'hole')]
  const enforced = audit?.enforced.length ?? 0
  const asked = enforced + new Set(audit?.findings.map(({ name }) => name)).size
  return (
    <details className={`audit-row ${hasHole(placement) ? 'has-hole' : ''}`}>
      <summary>
        <span className="mono">{database}</span>
        <span>{tenant || (adopted ? 'adopted' : 'pool')}</span>
        <span>{audit?.serverVersion ?? 'not read'}</span>
        <span className="number">
          <Unseen>tables protected</Unseen> {audit?.tables.protected ?? '–'}
        </span>
        <span className="number">
          <Unseen>shared</Unseen> {audit?.tables.shared ?? '–'}
        </span>
        <span className="number">
          {adopted ? 'by its plan' : `${enforced} of ${asked}`} <Unseen>checks hold</Unseen>
        </span>
        <span className={`number ${weaker > 0 ? 'is-warn' : 'is-nothing'}`}>
          {weaker} <Unseen>weaker</Unseen>
        </span>
        <span className={`number ${holes > 0 ? 'is-bad' : 'is-nothing'}`}>
          {audit ? holes : '?'} <Unseen>holes</Unseen>
        </span>
      </summary>
      <div className="audit-detail">
        {tenant && (
          <p>
            The silo of <a href={hrefTo('tenants', tenant)}>{tenant}</a>.
          </p>
        )}
        <FindingList findings={gatherFindings([placement])} />
        {audit && <CheckList checks={audit.enforced} />}
      </div>
    </details>
  )
}

function Unseen({ children }: { children: string }) {
  return <span className="unseen">{children}</span>
}
