import { formatMs, formatRate } from '../../format/numbers.ts'
import { live } from '../../live/live-store.ts'
import { Panel } from '../../parts/panel.tsx'
import { hrefTo } from '../../routing/route.ts'
import { useStore } from '../../store.ts'
import { addUpServices } from './add-up-services.ts'

/** What each service does at this moment, all its deployments together. */
export function Services() {
  const { snapshot } = useStore(live)
  const services = addUpServices(snapshot?.deployments ?? [])
  if (services.length === 0) return null
  return (
    <Panel
      title="Services"
      hint="calls and events between them included"
      isFlush
      actions={<a href={hrefTo('map')}>Map</a>}
    >
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col" className="number">
              Requests/s
            </th>
            <th scope="col" className="number">
              Errors/s
            </th>
            <th scope="col" className="number">
              Slowest p95
            </th>
            <th scope="col" className="number">
              Database
            </th>
            <th scope="col" className="number">
              CPU
            </th>
          </tr>
        </thead>
        <tbody>
          {services.map((one) => (
            <tr key={one.service}>
              <th scope="row">{one.service}</th>
              <td className="number">{formatRate(one.requestsPerSecond)}</td>
              <td className={`number ${one.errorsPerSecond > 0 ? 'is-bad' : 'is-nothing'}`}>
                {formatRate(one.errorsPerSecond)}
              </td>
              <td className="number">{formatMs(one.p95Ms)}</td>
              <td className="number">{formatMs(one.databaseMsPerSecond)}/s</td>
              <td className="number">{formatRate(one.cpuCores)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}
