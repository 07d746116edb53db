import type { PlacementAudit } from '../../api/audit.ts'
import { Panel } from '../../parts/panel.tsx'
import { CheckList } from './check-list.tsx'
import { checksEverywhere } from './gather-findings.ts'

/** What holds in every database, whichever tenant’s it is. */
export function ChecksEverywhere({ placements }: { placements: readonly PlacementAudit[] }) {
  const checks = checksEverywhere(placements)
  if (checks.length === 0) return null
  return (
    <Panel title="Holds in every database" hint={`${checks.length} checks`}>
      <CheckList checks={checks} />
    </Panel>
  )
}
