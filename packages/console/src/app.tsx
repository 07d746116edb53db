import { useEffect, useRef } from 'react'
import { connection } from './api/connection.ts'
import { readOperator } from './api/session.ts'
import { EventsPage } from './pages/events/events-page.tsx'
import { IsolationPage } from './pages/isolation/isolation-page.tsx'
import { MapPage } from './pages/map/map-page.tsx'
import { OverviewPage } from './pages/overview/overview-page.tsx'
import { ExplainPage } from './pages/requests/explain-page.tsx'
import { RequestsPage } from './pages/requests/requests-page.tsx'
import { SignedOutPage } from './pages/signed-out-page.tsx'
import { TenantPage } from './pages/tenants/tenant-page.tsx'
import { TenantsPage } from './pages/tenants/tenants-page.tsx'
import type { Route } from './routing/route.ts'
import { useRoute } from './routing/use-route.ts'
import { Shell } from './shell.tsx'
import { useStore } from './store.ts'
import { useResource } from './use-resource.ts'

/** The whole page: who is signed in sees where they are, who is not is shown the way in. */
export function App() {
  const { state } = useStore(connection)
  const session = useResource('session', readOperator)
  const route = useRoute()
  useFocusOfNewPage(route)
  if (state === 'signed-out') return <SignedOutPage />
  // Nothing is shown before it is known whether anybody may see it.
  if (session.data === undefined && session.error === undefined) return null
  return (
    <Shell current={route.page} operator={session.data ?? null}>
      <CurrentPage route={route} />
    </Shell>
  )
}

function CurrentPage({ route: { page, id } }: { route: Route }) {
  if (page === 'tenants') return id ? <TenantPage key={id} id={id} /> : <TenantsPage />
  if (page === 'requests') return id ? <ExplainPage key={id} id={id} /> : <RequestsPage />
  if (page === 'map') return <MapPage />
  if (page === 'isolation') return <IsolationPage />
  if (page === 'events') return <EventsPage />
  return <OverviewPage />
}

// Who changes the page by keyboard, or does not see it, is taken to what is new.
function useFocusOfNewPage({ page, id }: Route): void {
  const isFirst = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place is what changes
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false
      return
    }
    scrollTo(0, 0)
    document.querySelector('h1')?.focus()
  }, [page, id])
}
