import { readAudit } from '../../api/audit.ts'
import { Page } from '../../parts/page.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { useResource } from '../../use-resource.ts'
import { ChecksEverywhere } from './checks-everywhere.tsx'
import { FindingList } from './finding-list.tsx'
import { gatherFindings, hasHole } from './gather-findings.ts'
import { PlacementRow } from './placement-row.tsx'

/** What the catalogs of all databases show of isolation. */
export function IsolationPage() {
  const audit = useResource('audit', readAudit)
  return (
    <Page
      title="Isolation"
      hint="what the databases’ own catalogs show"
      actions={
        <button type="button" className="button" disabled={audit.isLoading} onClick={audit.reload}>
          {audit.isLoading ? 'Reading …' : 'Read again'}
        </button>
      }
    >
      <ResourceView resource={audit}>
        {(placements) => {
          const findings = gatherFindings(placements)
          const holed = placements.filter(hasHole).length
          return (
            <>
              <p className={`verdict ${holed > 0 ? 'is-bad' : 'is-good'}`}>
                {holed > 0
                  ? `${holed} of ${placements.length} databases with a hole`
                  : `No hole in ${placements.length} ${placements.length === 1 ? 'database' : 'databases'}`}
              </p>
              <FindingList findings={findings} />
              <section className="panel is-flush audit" aria-label="Databases">
                <div className="audit-head" aria-hidden="true">
                  <span>Database</span>
                  <span>Of</span>
                  <span>PostgreSQL</span>
                  <span className="number">Tables protected</span>
                  <span className="number">Shared</span>
                  <span className="number">Checks that hold</span>
                  <span className="number">Weaker</span>
                  <span className="number">Holes</span>
                </div>
                {placements.map((placement) => (
                  <PlacementRow key={placement.database} placement={placement} />
                ))}
              </section>
              <ChecksEverywhere placements={placements} />
            </>
          )
        }}
      </ResourceView>
    </Page>
  )
}
