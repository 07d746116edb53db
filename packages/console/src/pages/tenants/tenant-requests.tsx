import { readRequests } from '../../api/requests.ts'
import { Panel } from '../../parts/panel.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { hrefTo } from '../../routing/route.ts'
import { useResource } from '../../use-resource.ts'
import { RequestTable } from '../requests/request-table.tsx'

const limit = 12

/** The newest requests of this tenant. */
export function TenantRequests({ id }: { id: string }) {
  const requests = useResource(
    `requests ${id} ${limit}`,
    (signal) => readRequests({ tenant: id, limit }, signal),
    {
      everyMs: 5_000,
    },
  )
  return (
    <Panel
      title="Recent requests"
      isFlush
      actions={<a href={hrefTo('requests', null, { tenant: id })}>All</a>}
    >
      <ResourceView resource={requests}>
        {(known) => <RequestTable requests={known.requests} isOfOneTenant />}
      </ResourceView>
    </Panel>
  )
}
