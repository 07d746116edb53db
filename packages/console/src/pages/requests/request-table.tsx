import type { KeptRequest } from '../../api/requests.ts'
import { formatMs } from '../../format/numbers.ts'
import { formatClock } from '../../format/times.ts'
import { HttpStatus } from '../../parts/badges.tsx'
import { hrefTo } from '../../routing/route.ts'

/** Requests, a row each, that lead to why they went as they did. */
export function RequestTable({
  requests,
  isOfOneTenant = false,
}: {
  requests: readonly KeptRequest[]
  isOfOneTenant?: boolean
}) {
  if (requests.length === 0) return <p className="empty">No request is kept.</p>
  const slowest = Math.max(...requests.map(({ ms }) => ms), 1)
  return (
    <div className="scrolled">
      <table className="table request-table">
        <thead>
          <tr>
            <th scope="col">At</th>
            <th scope="col">Asked</th>
            {!isOfOneTenant && <th scope="col">Tenant</th>}
            <th scope="col">Deployment</th>
            <th scope="col">Answer</th>
            <th scope="col" className="number">
              Took
            </th>
            <th scope="col">Request</th>
          </tr>
        </thead>
        <tbody>
          {requests.map((one) => (
            <tr key={one.request}>
              <td className="clock">{formatClock(one.atMs)}</td>
              <td>
                <span className="method">{one.method ?? ''}</span>{' '}
                {one.route ?? <span className="quiet">no route</span>}
              </td>
              {!isOfOneTenant && (
                <td>
                  {one.tenant ? (
                    <a href={hrefTo('tenants', one.tenant)}>{one.tenant}</a>
                  ) : (
                    <span className="quiet">–</span>
                  )}
                </td>
              )}
              <td className="mono">{one.deployment ?? <span className="quiet">–</span>}</td>
              <td>
                <HttpStatus status={one.status} /> {one.code && <code>{one.code}</code>}
              </td>
              <td className="number took">
                <span
                  className="took-bar"
                  aria-hidden="true"
                  style={{ width: `${(one.ms / slowest) * 100}%` }}
                />
                <span>{formatMs(one.ms)}</span>
              </td>
              <td className="mono">
                <a href={hrefTo('requests', one.request)} title={one.request}>
                  {one.request.slice(0, 8)}
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
