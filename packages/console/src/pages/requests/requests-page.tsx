import { readRequests } from '../../api/requests.ts'
import { Page } from '../../parts/page.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { Segments } from '../../parts/segments.tsx'
import { setQuery, useRoute } from '../../routing/use-route.ts'
import { useResource } from '../../use-resource.ts'
import { answers, chooseRequests } from './choose-requests.ts'
import { FindRequest } from './find-request.tsx'
import { RequestTable } from './request-table.tsx'

const shown = 200

/** The newest requests of all gateways, and the way to any one of them. */
export function RequestsPage() {
  const { query } = useRoute()
  const answer = answers.find(({ value }) => value === query.answer)?.value ?? 'any'
  const { tenant } = query
  const requests = useResource(
    `requests ${tenant ?? ''} ${shown}`,
    (signal) => readRequests({ tenant, limit: shown }, signal),
    { everyMs: 3_000 },
  )
  return (
    <Page title="Requests" hint="the newest that the gateways keep">
      <FindRequest />
      <div className="filters">
        <input
          type="search"
          aria-label="Tenant"
          placeholder="Only of one tenant"
          defaultValue={tenant ?? ''}
          key={tenant}
          onKeyDown={({ key, currentTarget }) =>
            key === 'Enter' && setQuery({ tenant: currentTarget.value.trim() })
          }
          onBlur={({ currentTarget }) => setQuery({ tenant: currentTarget.value.trim() })}
        />
        <Segments
          label="Answer"
          value={answer}
          choices={answers}
          onChoose={(value) => setQuery({ answer: value === 'any' ? undefined : value })}
        />
      </div>
      <ResourceView resource={requests}>
        {({ requests: known, unread }) => (
          <>
            {unread.length > 0 && (
              <p className="notice is-warn">Not read: {unread.join(', ')}. What they did is missing.</p>
            )}
            <section className="panel is-flush" aria-label="Newest requests">
              <RequestTable requests={chooseRequests(known, answer)} />
            </section>
          </>
        )}
      </ResourceView>
    </Page>
  )
}
