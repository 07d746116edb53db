import type { Cost } from '../../api/cost.ts'
import { Sparkline } from '../../charts/sparkline.tsx'
import { formatMoney, formatMs, formatRate } from '../../format/numbers.ts'
import { live } from '../../live/live-store.ts'
import { TierBadge } from '../../parts/badges.tsx'
import { Panel } from '../../parts/panel.tsx'
import { hrefTo } from '../../routing/route.ts'
import { useStore } from '../../store.ts'
import { costByTenant } from './cost-by-tenant.ts'
import { orderBusy } from './order-busy.ts'

const shown = 12

/** Who asks most at this moment. */
export function BusyTenants({ cost }: { cost: Cost | undefined }) {
  const { snapshot, rates } = useStore(live)
  const tenants = orderBusy(snapshot?.tenants ?? [], rates).slice(0, shown)
  const costs = cost && costByTenant(cost)
  return (
    <Panel title="Busiest tenants" hint="this second; the line is the last minute" isFlush>
      {tenants.length === 0 ? (
        <p className="empty">
          {snapshot ? 'No tenant asks anything at this moment.' : 'Waiting for the first second …'}
        </p>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Tenant</th>
              <th scope="col">Tier</th>
              <th scope="col" className="number" colSpan={2}>
                Requests/s
              </th>
              <th scope="col" className="number">
                Errors/s
              </th>
              <th scope="col" className="number">
                Limited/s
              </th>
              <th scope="col" className="number">
                p95
              </th>
              <th scope="col" className="number">
                CPU
              </th>
              {cost && (
                <th scope="col" className="number">
                  24 h
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {tenants.map((tenant) => (
              <tr key={tenant.id}>
                <th scope="row">
                  <a href={hrefTo('tenants', tenant.id)}>{tenant.id}</a>
                </th>
                <td>{tenant.tier && <TierBadge tier={tenant.tier} />}</td>
                <td className="spark-cell">
                  <Sparkline values={rates.get(tenant.id) ?? []} />
                </td>
                <td className="number">{formatRate(tenant.requestsPerSecond)}</td>
                <td className={`number ${tenant.errorsPerSecond > 0 ? 'is-bad' : 'is-nothing'}`}>
                  {formatRate(tenant.errorsPerSecond)}
                </td>
                <td className={`number ${tenant.limitedPerSecond > 0 ? 'is-warn' : 'is-nothing'}`}>
                  {formatRate(tenant.limitedPerSecond)}
                </td>
                <td className="number">{formatMs(tenant.p95Ms)}</td>
                <td className="number">{formatRate(tenant.cpuCores)}</td>
                {cost && <td className="number">{formatMoney(costs?.get(tenant.id) ?? 0, cost.currency)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}
