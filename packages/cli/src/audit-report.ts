import { auditRules, hasHole, type PlacementAudit } from '@tenantry/platform'
import { bold, dim, green, red, yellow } from './styles.ts'
import { table } from './table.ts'

type Audits = readonly PlacementAudit[]

/** Each database: its tables, how many facts hold, and how many do not. */
export function auditTable(placements: Audits): string {
  const head = ['database', 'tenant', 'PostgreSQL', 'protected', 'shared', 'enforced', 'weaker', 'holes'].map(
    bold,
  )
  const rows = placements.map(({ database, tenant, audit, adopted }) => {
    const first = [database, tenant ?? dim(adopted ? 'adopted' : 'pool')]
    if (!audit) return [...first, '', '', '', red('not read')]
    const count = (severity: string) =>
      audit.findings.filter((finding) => finding.severity === severity).length
    const [weaker, holes] = [count('weaker'), count('hole')]
    return [
      ...first,
      audit.serverVersion,
      String(audit.tables.protected),
      String(audit.tables.shared),
      adopted ? dim('by its plan') : `${audit.enforced.length} of ${auditRules.length}`,
      weaker ? yellow(String(weaker)) : '0',
      holes ? red(String(holes)) : '0',
    ]
  })
  return table([head, ...rows])
}

/** Each finding once, the holes first, with the databases where it is and the next step; empty when there is none. */
export function auditFindings(placements: Audits): string {
  const places = new Map<string, { hole: boolean; lines: string[]; databases: string[] }>()
  for (const { database, audit, failure } of placements) {
    if (failure) {
      const lines = [`${red('error')} ${failure.message} ${dim(`(${failure.code})`)}`, next(failure.help)]
      places.set(database, { hole: true, lines, databases: [database] })
    }
    for (const { name, severity, object, detail, mend } of audit?.findings ?? []) {
      const hole = severity === 'hole'
      const key = [name, object, detail].join('\n')
      const lines = [
        `${hole ? red('hole') : yellow('weaker')} ${bold(name)} ${object}: ${detail}`,
        next(mend),
      ]
      const place = places.get(key) ?? { hole, lines, databases: [] }
      place.databases.push(database)
      places.set(key, place)
    }
  }
  return [...places.values()]
    .sort((a, b) => Number(b.hole) - Number(a.hole))
    .map(({ lines: [first, ...others], databases }) =>
      [`${first} ${dim(`in ${databases.join(', ')}`)}`, ...others].join('\n'),
    )
    .join('\n')
}

/** What holds in every database, a line for each fact. */
export function enforcedFacts(placements: Audits): string {
  const asked = placements.filter(({ adopted }) => !adopted)
  const holds = (name: string) =>
    asked.every(({ audit }) => audit?.enforced.some((enforced) => enforced.name === name))
  const everywhere = asked.length > 0 ? auditRules.filter(({ name }) => holds(name)) : []
  return table(everywhere.map(({ name, fact }) => [green('✓'), dim(name), fact]))
}

/** One line: whether there is a hole, and where to read on. */
export function auditVerdict(placements: Audits): string {
  const holed = placements.filter(hasHole).length
  const databases = `${placements.length} database${placements.length === 1 ? '' : 's'}`
  return holed === 0
    ? `${green('✓')} no hole in ${databases} ${dim('(--verbose lists what holds)')}`
    : `${red('✗')} ${holed} of ${databases} with a hole ${dim('(docs/reference/audit.md says what each means)')}`
}

function next(mend: string): string {
  return `  ${bold('→')} ${mend}`
}
