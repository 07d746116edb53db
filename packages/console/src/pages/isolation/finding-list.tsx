import type { GatheredFinding } from './gather-findings.ts'

const databasesShown = 6

/** What does not hold, holes first, each with the next step. */
export function FindingList({ findings }: { findings: readonly GatheredFinding[] }) {
  if (findings.length === 0) return null
  return (
    <ul className="findings" aria-label="What does not hold">
      {findings.map(({ name, severity, object, detail, mend, databases }) => (
        <li key={`${name} ${object} ${detail}`} className={`finding is-${severity}`}>
          <p>
            <span className="finding-severity">{severity}</span> <code>{name}</code>{' '}
            <b className="mono">{object}</b> {detail}
          </p>
          {mend && <p className="finding-mend">{mend}</p>}
          <p className="quiet">
            in {databases.slice(0, databasesShown).join(', ')}
            {databases.length > databasesShown && ` and ${databases.length - databasesShown} more`}
          </p>
        </li>
      ))}
    </ul>
  )
}
