import { type Explanation, explain } from '../../api/explanation.ts'
import { formatMs } from '../../format/numbers.ts'
import { formatMoment } from '../../format/times.ts'
import { HttpStatus } from '../../parts/badges.tsx'
import { Page } from '../../parts/page.tsx'
import { Panel } from '../../parts/panel.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { hrefTo } from '../../routing/route.ts'
import { useResource } from '../../use-resource.ts'
import { FindRequest } from './find-request.tsx'
import { HopTimeline } from './hop-timeline.tsx'
import { RequestFacts } from './request-facts.tsx'

// What a request brings about goes on after its answer.
const everyMs = 5_000

/** Why one request went as it did. */
export function ExplainPage({ id }: { id: string }) {
  const explanation = useResource(`explain ${id}`, (signal) => explain(id, signal), { everyMs })
  return (
    <Page
      title={explanation.data ? titleOf(explanation.data) : 'Request'}
      above={<a href={hrefTo('requests')}>Requests</a>}
      badges={explanation.data && <HttpStatus status={explanation.data.status} />}
      hint={
        explanation.data &&
        `${formatMs(explanation.data.ms)}, ${formatMoment(Date.parse(explanation.data.at))}`
      }
    >
      <FindRequest id={id} />
      <ResourceView resource={explanation}>
        {(known) => (
          <>
            <RequestFacts explanation={known} />
            <Panel
              title="Way"
              hint={`${known.hops.length} hops${known.complete ? '' : ', and more that are not shown'}`}
              isFlush
            >
              <HopTimeline hops={known.hops} />
            </Panel>
            {known.unread.length > 0 && (
              <p className="notice is-warn">Not read: {known.unread.join(', ')}. What they did is missing.</p>
            )}
          </>
        )}
      </ResourceView>
    </Page>
  )
}

function titleOf({ asked, hops }: Explanation): string {
  if (asked) return `${asked.method} ${asked.route ?? ''}`.trim()
  return hops[0]?.event?.type ?? 'Work without a request'
}
