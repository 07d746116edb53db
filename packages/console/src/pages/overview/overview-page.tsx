import { readCost } from '../../api/cost.ts'
import { live } from '../../live/live-store.ts'
import { Page } from '../../parts/page.tsx'
import { useStore } from '../../store.ts'
import { useResource } from '../../use-resource.ts'
import { Attention } from './attention.tsx'
import { BusyTenants } from './busy-tenants.tsx'
import { CostOfDay } from './cost-of-day.tsx'
import { LoudTenants } from './loud-tenants.tsx'
import { Services } from './services.tsx'
import { Traffic } from './traffic.tsx'

/** What goes on now, and who causes it. */
export function OverviewPage() {
  const { state, snapshot } = useStore(live)
  const cost = useResource('cost-of-day', (signal) => readCost({}, signal), { everyMs: 60_000 })
  const active = snapshot?.tenantsActive
  return (
    <Page
      title="Overview"
      hint={active !== undefined && `${active} ${active === 1 ? 'tenant' : 'tenants'} with traffic now`}
    >
      {state === 'absent' ? (
        <p className="empty">Live figures are not available from this control plane.</p>
      ) : (
        <>
          <Traffic />
          <div className="columns is-main-and-aside">
            <div className="stack">
              <BusyTenants cost={cost.data} />
              <Services />
            </div>
            <div className="stack">
              <Attention />
              <LoudTenants />
              {cost.data && <CostOfDay cost={cost.data} />}
            </div>
          </div>
        </>
      )}
    </Page>
  )
}
