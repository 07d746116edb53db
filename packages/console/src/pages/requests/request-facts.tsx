import type { ReactNode } from 'react'
import type { Explanation } from '../../api/explanation.ts'
import { KindBadge, TierBadge } from '../../parts/badges.tsx'
import { hrefTo } from '../../routing/route.ts'

/** Whose it was, how that was found, where it went and why, and what refused it. */
export function RequestFacts({ explanation }: { explanation: Explanation }) {
  const { request, trace, asked, identity, tenant, placement, refusal } = explanation
  return (
    <>
      {refusal && <RefusalNotice refusal={refusal} />}
      <dl className="panel facts">
        <Fact name="Tenant">
          {tenant ? (
            <>
              <a href={hrefTo('tenants', tenant.id)}>{tenant.id}</a>{' '}
              {tenant.tier && <TierBadge tier={tenant.tier} />}
            </>
          ) : (
            'refused before it was known'
          )}
        </Fact>
        {placement && (
          <Fact name="Placed">
            <span className="mono">{placement.deployment}</span> <KindBadge kind={placement.kind} />
            <Because>{placement.routedBy}</Because>
            <Because>{placement.placedBy}</Because>
          </Fact>
        )}
        {identity && (
          <Fact name="Resolved">
            {identity.issuer ?? (identity.addressed ? `as ${identity.addressed}` : 'by nothing')}
            <Because>
              {[...identity.resolvedBy, ...Object.values(identity.claims ?? {})].join(', ') ||
                'no token was verified'}
            </Because>
          </Fact>
        )}
        <Fact name="Request">
          <span className="mono">{request}</span>
          {trace && <Because>trace {trace}</Because>}
          {asked?.ingress && <Because>asked by {asked.ingress}</Because>}
        </Fact>
      </dl>
    </>
  )
}

function RefusalNotice({
  refusal: { by, status, code, limit, setting },
}: {
  refusal: NonNullable<Explanation['refusal']>
}) {
  const words = { rate: 'requests per second', concurrency: 'requests at once' }
  return (
    <div className={`notice ${status >= 500 ? 'is-bad' : 'is-warn'}`}>
      <p>
        <strong>
          {status >= 500 ? 'Failed' : 'Refused'} by {by} with {status}.
        </strong>{' '}
        {code && <code>{code}</code>}
      </p>
      {limit && (
        <p>
          It was over the limit of {limit.max} {words[limit.by]}.
        </p>
      )}
      {setting && (
        <p className="notice-help">
          Set by <code>{setting}</code>.
        </p>
      )}
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Because({ children }: { children: ReactNode }) {
  return <span className="because">{children}</span>
}
