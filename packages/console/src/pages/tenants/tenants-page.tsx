import { useDeferredValue, useMemo, useState } from 'react'
import { readConfig } from '../../api/config.ts'
import { readTenants } from '../../api/tenants.ts'
import { formatCount, formatRate } from '../../format/numbers.ts'
import { formatDay } from '../../format/times.ts'
import { live } from '../../live/live-store.ts'
import { StatusBadge, TierBadge } from '../../parts/badges.tsx'
import { LongTable } from '../../parts/long-table.tsx'
import { Page } from '../../parts/page.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { SortableHead } from '../../parts/sortable-head.tsx'
import { hrefTo } from '../../routing/route.ts'
import { goTo, setQuery, useRoute } from '../../routing/use-route.ts'
import { useStore } from '../../store.ts'
import { useResource } from '../../use-resource.ts'
import { chooseTenants, type Order, orders } from './choose-tenants.ts'
import { OnboardDialog } from './onboard-dialog.tsx'
import { PlacementMarks } from './placement-marks.tsx'

/** All tenants: found, narrowed down, ordered, and one more onboarded. */
export function TenantsPage() {
  const { query } = useRoute()
  const tenants = useResource('tenants', readTenants, { everyMs: 10_000 })
  const config = useResource('config', readConfig)
  const [isOnboarding, setOnboarding] = useState(false)
  const { snapshot } = useStore(live)
  // The stream tells of the busiest alone: of the others it is known that they do nothing only where it told of all.
  const areAllTold = snapshot !== null && snapshot.tenants.length >= snapshot.tenantsActive
  const rates = useMemo(
    () => new Map(snapshot?.tenants.map(({ id, requestsPerSecond }) => [id, requestsPerSecond])),
    [snapshot],
  )
  const search = useDeferredValue(query.search)
  const order = orders.find((one) => one === query.order) ?? 'id'
  const isDescending = query.down === '1'
  // The order by traffic follows each second; the others need no rates.
  const ratesOfOrder = order === 'requests' ? rates : undefined
  const chosen = useMemo(
    () =>
      chooseTenants(
        tenants.data ?? [],
        { search, tier: query.tier, status: query.status, order, isDescending },
        ratesOfOrder,
      ),
    [tenants.data, search, query.tier, query.status, order, isDescending, ratesOfOrder],
  )
  const tiers = Object.keys(config.data?.tiers ?? {})
  const services = Object.keys(config.data?.services ?? {})
  const all = tenants.data?.length
  const orderBy = (by: Order) =>
    setQuery({ order: by === 'id' ? undefined : by, down: by === order && !isDescending ? '1' : undefined })

  return (
    <Page
      title="Tenants"
      hint={
        all !== undefined &&
        (chosen.length === all ? formatCount(all) : `${formatCount(chosen.length)} of ${formatCount(all)}`)
      }
      actions={
        <button type="button" className="button is-primary" onClick={() => setOnboarding(true)}>
          Onboard a tenant
        </button>
      }
    >
      <search className="filters">
        <input
          type="search"
          aria-label="Search by id"
          placeholder="Search by id"
          value={query.search ?? ''}
          onChange={({ target }) => setQuery({ search: target.value })}
        />
        <select
          aria-label="Tier"
          value={query.tier ?? ''}
          onChange={({ target }) => setQuery({ tier: target.value })}
        >
          <option value="">All tiers</option>
          {tiers.map((tier) => (
            <option key={tier}>{tier}</option>
          ))}
        </select>
        <select
          aria-label="Status"
          value={query.status ?? ''}
          onChange={({ target }) => setQuery({ status: target.value })}
        >
          <option value="">Any status</option>
          <option>active</option>
          <option>suspended</option>
          <option>onboarding</option>
        </select>
      </search>
      <ResourceView resource={tenants}>
        {(known) =>
          chosen.length === 0 ? (
            <p className="empty">
              {known.length === 0 ? 'There is no tenant yet: onboard the first.' : 'No tenant is like that.'}
            </p>
          ) : (
            <LongTable
              label="Tenants"
              rows={chosen}
              keyOf={({ id }) => id}
              columns={7}
              head={
                <tr>
                  <SortableHead text="Tenant" by="id" {...{ order, isDescending, orderBy }} />
                  <SortableHead text="Tier" by="tier" {...{ order, isDescending, orderBy }} />
                  <SortableHead text="Status" by="status" {...{ order, isDescending, orderBy }} />
                  <th scope="col">Placement</th>
                  <th scope="col">Limits</th>
                  <SortableHead
                    text="Requests/s"
                    by="requests"
                    isNumber
                    {...{ order, isDescending, orderBy }}
                  />
                  <SortableHead
                    text="Onboarded"
                    by="created"
                    isNumber
                    {...{ order, isDescending, orderBy }}
                  />
                </tr>
              }
            >
              {(tenant) => (
                <>
                  <th scope="row">
                    <a href={hrefTo('tenants', tenant.id)}>{tenant.id}</a>
                  </th>
                  <td>
                    <TierBadge tier={tenant.tier} />
                  </td>
                  <td>
                    <StatusBadge status={tenant.status} />
                  </td>
                  <td>
                    <PlacementMarks placement={tenant.placement} services={services} />
                  </td>
                  <td className="quiet">{hasOwnLimits(tenant.limits) ? 'its own' : 'as its tier'}</td>
                  <td className={`number ${rates.has(tenant.id) ? '' : 'is-nothing'}`}>
                    {rates.has(tenant.id) || areAllTold ? formatRate(rates.get(tenant.id) ?? 0) : '–'}
                  </td>
                  <td className="number">{formatDay(Date.parse(tenant.createdAt))}</td>
                </>
              )}
            </LongTable>
          )
        }
      </ResourceView>
      {isOnboarding && (
        <OnboardDialog
          tiers={config.data?.tiers ?? {}}
          onDone={(id) => {
            tenants.reload()
            goTo('tenants', id)
          }}
          onClose={() => setOnboarding(false)}
        />
      )}
    </Page>
  )
}

function hasOwnLimits(limits: object | null): boolean {
  return limits !== null && Object.values(limits).some((limit) => limit !== null)
}
