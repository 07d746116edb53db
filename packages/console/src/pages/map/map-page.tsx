import { useMemo, useState } from 'react'
import { readConfig } from '../../api/config.ts'
import { readDeployments } from '../../api/deployments.ts'
import { formatCount } from '../../format/numbers.ts'
import { live } from '../../live/live-store.ts'
import { ErrorNotice } from '../../parts/error-notice.tsx'
import { Page } from '../../parts/page.tsx'
import { useStore } from '../../store.ts'
import { useResource } from '../../use-resource.ts'
import { buildGraph } from './build-graph.ts'
import { CallTable } from './call-table.tsx'
import { MapDrawing } from './map-drawing.tsx'
import { useBusiest } from './use-busiest.ts'

const silosMax = 5

/** The services, where they run for whom, and who calls whom at this moment. */
export function MapPage() {
  const config = useResource('config', readConfig)
  const deployments = useResource('deployments', readDeployments, { everyMs: 10_000 })
  const { snapshot, calls, state } = useStore(live)
  const [isUnfolded, setUnfolded] = useState(false)
  const services = config.data?.services
  const known = deployments.data
  const busiest = useBusiest(snapshot)
  const graph = useMemo(
    () =>
      services &&
      known &&
      buildGraph({
        services,
        deployments: known,
        calls,
        silosMax: isUnfolded ? Number.POSITIVE_INFINITY : silosMax,
        busiest,
      }),
    [services, known, calls, isUnfolded, busiest],
  )
  const error = config.error ?? deployments.error
  const hasFolded = graph?.groups.some(({ nodes }) => nodes.some(({ kind }) => kind === 'folded'))
  return (
    <Page
      title="Map"
      hint={known && `${formatCount(known.length)} deployments`}
      actions={
        (hasFolded || isUnfolded) && (
          <button type="button" className="button" onClick={() => setUnfolded(!isUnfolded)}>
            {isUnfolded ? 'Fold silos' : 'Show all silos'}
          </button>
        )
      }
    >
      {error && <ErrorNotice error={error} />}
      {graph && services && (
        <>
          <MapDrawing
            graph={graph}
            services={services}
            snapshot={snapshot}
            onUnfold={() => setUnfolded(true)}
          />
          {state === 'absent' ? (
            <p className="empty">What flows is not available from this control plane.</p>
          ) : (
            <CallTable edges={graph.edges} />
          )}
        </>
      )}
    </Page>
  )
}
