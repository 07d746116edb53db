import { readCost } from '../../api/cost.ts'
import { BarList } from '../../charts/bar-list.tsx'
import { formatMoney } from '../../format/numbers.ts'
import { Panel } from '../../parts/panel.tsx'
import { useResource } from '../../use-resource.ts'

/** What this tenant cost in the last 24 hours, by service; nothing where the control plane knows of no cost. */
export function TenantCost({ id }: { id: string }) {
  const { data } = useResource('cost-of-day', (signal) => readCost({}, signal), { everyMs: 60_000 })
  if (!data) return null
  const own = data.rows.filter(({ tenant }) => tenant === id)
  const total = own.reduce((sum, { cost }) => sum + cost, 0)
  return (
    <Panel title="Cost, last 24 h" hint={formatMoney(total, data.currency)}>
      {own.length === 0 ? (
        <p className="empty">Nothing was used.</p>
      ) : (
        <BarList
          label="Cost by service"
          bars={own.map(({ service, placement, cost, parts }) => ({
            key: `${service} ${placement}`,
            name: (
              <span
                title={Object.entries(parts)
                  .map(([name, part]) => `${name} ${formatMoney(part, data.currency)}`)
                  .join(', ')}
              >
                {service} <span className="quiet">{placement}</span>
              </span>
            ),
            value: cost,
            text: formatMoney(cost, data.currency),
          }))}
        />
      )}
      {data.method && <p className="quiet">{data.method}</p>}
    </Panel>
  )
}
