import type { Tenant } from '../../api/tenants.ts'

interface PlacementMarksProps {
  readonly placement: Tenant['placement']
  /** In the order of the configuration. */
  readonly services: readonly string[]
}

/** Where each service of a tenant is, by a mark for each; the words are there for who points or listens. */
export function PlacementMarks({ placement, services }: PlacementMarksProps) {
  const known = services.length > 0 ? services : Object.keys(placement)
  const words = known.map((service) => `${service} ${placement[service] ?? 'nowhere'}`).join(', ')
  return (
    <span className="placement-marks" title={words}>
      <span className="unseen">{words}</span>
      {known.map((service) => (
        <i key={service} className={`kind-mark is-${placement[service] ?? 'nowhere'}`} />
      ))}
      <span aria-hidden="true" className="quiet">
        {summaryOf(known.map((service) => placement[service]))}
      </span>
    </span>
  )
}

function summaryOf(kinds: readonly (string | undefined)[]): string {
  const silos = kinds.filter((kind) => kind === 'silo').length
  if (silos === 0) return 'pool'
  return silos === kinds.length ? 'silo' : `${silos} of ${kinds.length} in a silo`
}
