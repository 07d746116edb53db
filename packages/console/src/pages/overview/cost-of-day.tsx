import type { Cost } from '../../api/cost.ts'
import { BarList } from '../../charts/bar-list.tsx'
import { formatMoney } from '../../format/numbers.ts'
import { Panel } from '../../parts/panel.tsx'
import { hrefTo } from '../../routing/route.ts'
import { costByTenant } from './cost-by-tenant.ts'

const shown = 8

/** What the last 24 hours cost, by tenant. */
export function CostOfDay({ cost }: { cost: Cost }) {
  const tenants = [...costByTenant(cost)]
  const rest = tenants.slice(shown)
  return (
    <Panel title="Cost, last 24 h" hint={`${formatMoney(cost.total, cost.currency)} in all`}>
      {tenants.length === 0 ? (
        <p className="empty">Nothing was used.</p>
      ) : (
        <BarList
          label="Cost by tenant"
          bars={tenants.slice(0, shown).map(([tenant, value]) => ({
            key: tenant,
            name: <a href={hrefTo('tenants', tenant)}>{tenant}</a>,
            value,
            text: formatMoney(value, cost.currency),
          }))}
        />
      )}
      {rest.length > 0 && (
        <p className="quiet">
          and {rest.length} more,{' '}
          {formatMoney(
            rest.reduce((sum, [, value]) => sum + value, 0),
            cost.currency,
          )}
        </p>
      )}
      {cost.method && <p className="quiet">{cost.method}</p>}
    </Panel>
  )
}
