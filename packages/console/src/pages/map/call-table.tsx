import { formatRate } from '../../format/numbers.ts'
import { Panel } from '../../parts/panel.tsx'
import type { GraphEdge } from './build-graph.ts'

const shown = 20

/** The same as figures: who calls whom, the most first. */
export function CallTable({ edges }: { edges: readonly GraphEdge[] }) {
  const moving = edges.filter(({ perSecond }) => perSecond > 0).sort((a, b) => b.perSecond - a.perSecond)
  return (
    <Panel title="Calls" hint="a second, over the last five" isFlush>
      {moving.length === 0 ? (
        <p className="empty">Nothing is called at this moment.</p>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col" className="number">
                Calls/s
              </th>
            </tr>
          </thead>
          <tbody>
            {moving.slice(0, shown).map(({ from, to, perSecond }) => (
              <tr key={`${from} ${to}`}>
                <td className="mono">{from}</td>
                <td className="mono">{to}</td>
                <td className="number">{formatRate(perSecond)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {moving.length > shown && <p className="quiet panel-note">and {moving.length - shown} with less</p>}
    </Panel>
  )
}
