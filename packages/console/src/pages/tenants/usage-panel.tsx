import { useState } from 'react'
import { readUsage, type Usage, type UsageFigure } from '../../api/usage.ts'
import { HourBars } from '../../charts/hour-bars.tsx'
import { formatBytes, formatCount, formatMs } from '../../format/numbers.ts'
import { Panel } from '../../parts/panel.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { Segments } from '../../parts/segments.tsx'
import { useResource } from '../../use-resource.ts'
import { figureByHour, totalsByService } from './add-up-usage.ts'

interface Column {
  readonly figure: UsageFigure
  readonly text: string
  readonly format: (value: number) => string
}

const columns: readonly Column[] = [
  { figure: 'requests', text: 'Requests', format: formatCount },
  { figure: 'errors', text: 'Errors', format: formatCount },
  { figure: 'limited', text: 'Limited', format: formatCount },
  { figure: 'durationMs', text: 'Answering', format: formatMs },
  { figure: 'statements', text: 'Statements', format: formatCount },
  { figure: 'databaseMs', text: 'Database', format: formatMs },
  { figure: 'databaseRows', text: 'Rows', format: formatCount },
  { figure: 'bytesIn', text: 'In', format: formatBytes },
  { figure: 'bytesOut', text: 'Out', format: formatBytes },
  { figure: 'eventsEmitted', text: 'Emitted', format: formatCount },
  { figure: 'eventsDelivered', text: 'Handled', format: formatCount },
  { figure: 'cpuMs', text: 'CPU', format: formatMs },
]
const byHour = columns.filter(({ figure }) =>
  ['requests', 'databaseMs', 'cpuMs', 'bytesOut'].includes(figure),
)

// A request that calls three services is one to who sent it; time is taken wherever it is.
const atGateway: readonly UsageFigure[] = ['requests', 'bytesOut']

/** What this tenant used in the last 24 hours, by service and by hour. */
export function UsagePanel({ id }: { id: string }) {
  const usage = useResource(`usage ${id}`, (signal) => readUsage({ tenant: id, by: 'hour' }, signal), {
    everyMs: 30_000,
  })
  const [figure, setFigure] = useState<UsageFigure>('requests')
  const shown = columns.find((one) => one.figure === figure)
  const isAtGateway = atGateway.includes(figure)
  const captionOf = ({ basis }: Usage) =>
    `${shown?.text ?? ''} by hour, ${isAtGateway ? 'at the gateway' : 'in all services'}, ${basis[figure] ?? 'measured'}`
  return (
    <Panel
      title="Usage"
      hint="last 24 hours"
      isFlush
      actions={
        <>
          <Segments
            label="Figure by hour"
            value={figure}
            choices={byHour.map((one) => ({ value: one.figure, text: one.text }))}
            onChoose={setFigure}
          />
          <a href={`/usage.csv?tenant=${encodeURIComponent(id)}&by=hour`} download>
            CSV
          </a>
        </>
      }
    >
      <ResourceView resource={usage}>
        {(known) =>
          known.rows.length === 0 ? (
            <p className="empty">Nothing was used.</p>
          ) : (
            <>
              <div className="panel-inset">
                <p className="chart-caption">{captionOf(known)}</p>
                <HourBars
                  label={captionOf(known)}
                  values={figureByHour(known, figure, (service) => !isAtGateway || service === 'gateway')}
                  toMs={Date.parse(known.to)}
                  format={shown?.format ?? String}
                />
              </div>
              <UsageTable usage={known} />
            </>
          )
        }
      </ResourceView>
    </Panel>
  )
}

function UsageTable({ usage }: { usage: Usage }) {
  return (
    <div className="scrolled">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Service</th>
            {columns.map(({ figure, text }) => (
              <th key={figure} scope="col" className="number">
                {text}
                <small className={`basis is-${usage.basis[figure] ?? 'measured'}`}>
                  {usage.basis[figure] ?? 'measured'}
                </small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...totalsByService(usage)].map(([service, totals]) => (
            <tr key={service}>
              <th scope="row">{service}</th>
              {columns.map(({ figure, format }) => (
                <td key={figure} className={`number ${totals[figure] === 0 ? 'is-nothing' : ''}`}>
                  {usage.basis[figure] === 'estimated' && totals[figure] !== 0 && '≈ '}
                  {format(totals[figure])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
