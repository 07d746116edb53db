import { useState } from 'react'
import { readConfig } from '../../api/config.ts'
import { readDeployments } from '../../api/deployments.ts'
import { activate, readTenant, suspend, type Tenant } from '../../api/tenants.ts'
import { formatMoment } from '../../format/times.ts'
import { StatusBadge, TierBadge } from '../../parts/badges.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { Page } from '../../parts/page.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { hrefTo } from '../../routing/route.ts'
import { useResource } from '../../use-resource.ts'
import { LimitsPanel } from './limits-panel.tsx'
import { PlacementPanel } from './placement-panel.tsx'
import { TenantCost } from './tenant-cost.tsx'
import { TenantEvents } from './tenant-events.tsx'
import { TenantNow } from './tenant-now.tsx'
import { TenantRequests } from './tenant-requests.tsx'
import { UsagePanel } from './usage-panel.tsx'

/** Everything of one tenant. */
export function TenantPage({ id }: { id: string }) {
  const tenant = useResource(`tenant ${id}`, (signal) => readTenant(id, signal), { everyMs: 5_000 })
  const config = useResource('config', readConfig)
  const deployments = useResource('deployments', readDeployments, { everyMs: 10_000 })
  const [isAsking, setAsking] = useState(false)
  const { data } = tenant
  return (
    <Page
      title={id}
      above={<a href={hrefTo('tenants')}>Tenants</a>}
      badges={
        data && (
          <>
            <TierBadge tier={data.tier} />
            <StatusBadge status={data.status} />
          </>
        )
      }
      hint={data && `onboarded ${formatMoment(Date.parse(data.createdAt))}`}
      actions={data && <StatusAction tenant={data} onAsk={() => setAsking(true)} />}
    >
      <ResourceView resource={tenant}>
        {(known) => (
          <>
            <TenantNow id={id} />
            <div className="columns is-halves">
              <PlacementPanel
                tenant={known}
                deployments={deployments.data ?? []}
                services={config.data?.services}
              />
              <LimitsPanel tenant={known} tier={config.data?.tiers[known.tier]} onChanged={tenant.reload} />
            </div>
            <UsagePanel id={id} />
            <div className="columns is-main-and-aside">
              <TenantRequests id={id} />
              <div className="stack">
                <TenantCost id={id} />
                <TenantEvents id={id} />
              </div>
            </div>
            {isAsking && (
              <StatusDialog tenant={known} onDone={tenant.reload} onClose={() => setAsking(false)} />
            )}
          </>
        )}
      </ResourceView>
    </Page>
  )
}

function StatusAction({ tenant: { status }, onAsk }: { tenant: Tenant; onAsk: () => void }) {
  if (status === 'onboarding') return null
  return (
    <button
      type="button"
      className={status === 'active' ? 'button is-danger-quiet' : 'button'}
      onClick={onAsk}
    >
      {status === 'active' ? 'Suspend' : 'Activate'}
    </button>
  )
}

function StatusDialog({
  tenant,
  onDone,
  onClose,
}: {
  tenant: Tenant
  onDone: () => void
  onClose: () => void
}) {
  const isActive = tenant.status === 'active'
  return (
    <ConfirmDialog
      title={`${isActive ? 'Suspend' : 'Activate'} ${tenant.id}?`}
      verb={isActive ? 'Suspend' : 'Activate'}
      isDangerous={isActive}
      act={() => (isActive ? suspend(tenant.id) : activate(tenant.id))}
      onDone={onDone}
      onClose={onClose}
    >
      <p>
        {isActive
          ? 'Within five seconds its requests, calls, events and open connections are refused everywhere. Its data stays, its events wait, and it can be activated again.'
          : 'It is served again at once, and events that waited for it are delivered.'}
      </p>
    </ConfirmDialog>
  )
}
