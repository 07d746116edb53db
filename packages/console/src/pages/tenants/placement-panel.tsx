import type { Config } from '../../api/config.ts'
import type { Deployment } from '../../api/deployments.ts'
import type { Tenant } from '../../api/tenants.ts'
import { KindBadge } from '../../parts/badges.tsx'
import { Panel } from '../../parts/panel.tsx'

interface PlacementPanelProps {
  readonly tenant: Tenant
  readonly deployments: readonly Deployment[]
  readonly services: Config['services'] | undefined
}

/** Where each service serves this tenant. */
export function PlacementPanel({ tenant, deployments, services }: PlacementPanelProps) {
  const names = services ? Object.keys(services) : Object.keys(tenant.placement)
  return (
    <Panel title="Placement" isFlush>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Placed in</th>
            <th scope="col">Deployment</th>
            <th scope="col">Database</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {names.map((service) => {
            const kind = tenant.placement[service]
            const id = `${service}.${kind === 'silo' ? tenant.silo : 'pool'}`
            const deployment = deployments.find((one) => one.id === id)
            const runs = (deployment?.addresses.length ?? 0) > 0
            return (
              <tr key={service}>
                <th scope="row">{service}</th>
                <td>{kind ? <KindBadge kind={kind} /> : '–'}</td>
                <td className="mono">{id}</td>
                <td className="mono">{deployment?.database ?? '–'}</td>
                <td>
                  {deployment && (
                    <span className={`status ${runs ? 'is-good' : 'is-bad'}`}>
                      <i className="dot" />
                      {runs ? 'runs' : 'down'}
                    </span>
                  )}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Panel>
  )
}
