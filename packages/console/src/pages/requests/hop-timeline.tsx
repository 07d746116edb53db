import { Fragment, useState } from 'react'
import type { Hop } from '../../api/explanation.ts'
import { niceTicks, scaleLinear } from '../../charts/scale.ts'
import { formatMs } from '../../format/numbers.ts'
import { describeHop, factsOfHop, troubleOf } from './describe-hop.ts'
import { indentHops } from './indent-hops.ts'

const indentMax = 8

/** The hops of a request on one scale of time, each below the one that brought it about. */
export function HopTimeline({ hops }: { hops: readonly Hop[] }) {
  const [opened, setOpened] = useState<number | null>(null)
  const depths = indentHops(hops)
  const endMs = Math.max(...hops.map(({ offsetMs, ms }) => offsetMs + ms), 1)
  const startMs = Math.min(0, ...hops.map(({ offsetMs }) => offsetMs))
  const place = scaleLinear([startMs, endMs], [0, 100])
  const ticks = niceTicks(endMs, 6)
  return (
    <div className="timeline">
      <div className="timeline-scale" aria-hidden="true">
        <span />
        <span className="timeline-ticks">
          {ticks.map((tick) => (
            <span key={tick} style={{ left: `${place(tick)}%` }}>
              {formatMs(tick)}
            </span>
          ))}
        </span>
        <span />
      </div>
      <ol>
        {hops.map((hop, at) => {
          const isOpen = opened === at
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: hops have no name of their own, and keep their order
            <Fragment key={at}>
              <li className={`hop is-${hop.kind} ${troubleOf(hop)}`}>
                <button type="button" aria-expanded={isOpen} onClick={() => setOpened(isOpen ? null : at)}>
                  <span
                    className="hop-name"
                    style={{ paddingInlineStart: Math.min(depths[at] ?? 0, indentMax) * 14 }}
                  >
                    <i className="hop-mark" />
                    <span className="hop-what">{describeHop(hop)}</span>
                    <span className="hop-who">{hop.process}</span>
                  </span>
                  <span className="hop-track" aria-hidden="true">
                    {ticks.map((tick) => (
                      <i key={tick} className="hop-tick" style={{ left: `${place(tick)}%` }} />
                    ))}
                    <span
                      className={hop.ms > 0 ? 'hop-bar' : 'hop-moment'}
                      style={{
                        left: `${place(hop.offsetMs)}%`,
                        ...(hop.ms > 0 && { width: `${place(startMs + hop.ms)}%` }),
                      }}
                    />
                  </span>
                  <span className="hop-took">{hop.ms > 0 ? formatMs(hop.ms) : ''}</span>
                </button>
                {isOpen && (
                  <dl className="hop-facts">
                    <div>
                      <dt>began</dt>
                      <dd>{formatMs(hop.offsetMs)} after the request</dd>
                    </div>
                    {factsOfHop(hop).map(([name, value]) => (
                      <div key={name}>
                        <dt>{name}</dt>
                        <dd>{value}</dd>
                      </div>
                    ))}
                  </dl>
                )}
              </li>
            </Fragment>
          )
        })}
      </ol>
    </div>
  )
}
