import type { Finding, PlacementAudit } from '../../api/audit.ts'

/** A finding, and the databases where it is. */
export interface GatheredFinding extends Finding {
  readonly databases: readonly string[]
}

/** Each finding once, holes first; a database that could not be read counts as a hole, for nobody knows. */
export function gatherFindings(placements: readonly PlacementAudit[]): readonly GatheredFinding[] {
  const gathered = new Map<string, GatheredFinding>()
  for (const { database, audit, failure } of placements) {
    const unread: Finding[] = failure
      ? [
          {
            name: failure.code,
            severity: 'hole',
            object: database,
            detail: failure.message,
            mend: failure.help,
          },
        ]
      : []
    for (const finding of [...unread, ...(audit?.findings ?? [])]) {
      const key = [finding.name, finding.object, finding.detail].join('\n')
      const databases = [...(gathered.get(key)?.databases ?? []), database]
      gathered.set(key, { ...finding, databases })
    }
  }
  return [...gathered.values()].sort((a, b) => Number(b.severity === 'hole') - Number(a.severity === 'hole'))
}

/** How many findings of a severity a placement has. */
export function countFindings({ audit }: PlacementAudit, severity: Finding['severity']): number {
  return audit?.findings.filter((finding) => finding.severity === severity).length ?? 0
}

/** True when there is a hole, or nobody knows. */
export function hasHole(placement: PlacementAudit): boolean {
  return !placement.audit || countFindings(placement, 'hole') > 0
}

/** The checks that hold in all databases of the platform; those that a service brought along have a plan of their own. */
export function checksEverywhere(placements: readonly PlacementAudit[]) {
  const asked = placements.filter(({ adopted }) => !adopted)
  const holds = (name: string) =>
    asked.every(({ audit }) => audit?.enforced.some((check) => check.name === name))
  return asked[0]?.audit?.enforced.filter(({ name }) => holds(name)) ?? []
}
