import type { CSSProperties } from 'react'
import type { Snapshot } from '../../api/snapshot.ts'
import { formatMs, formatRate } from '../../format/numbers.ts'
import { hrefTo } from '../../routing/route.ts'
import type { GraphNode } from './build-graph.ts'

interface NodeBoxProps {
  readonly node: GraphNode
  readonly style: CSSProperties | undefined
  readonly perSecond: number
  readonly figures: Snapshot['deployments'][number] | undefined
  readonly onPoint: (id: string | null) => void
  readonly onUnfold: () => void
}

/** A process or several: a silo leads to its tenant, folded silos unfold. */
export function NodeBox({ node, style, perSecond, figures, onPoint, onUnfold }: NodeBoxProps) {
  const { id, kind, text, tenant, isDown } = node
  const props = {
    className: `node is-${kind} ${isDown ? 'is-down' : ''}`,
    style,
    title: [
      id,
      figures &&
        `p95 ${formatMs(figures.p95Ms)}, ${formatRate(figures.errorsPerSecond)} errors/s, ${formatRate(figures.cpuCores)} cores`,
    ]
      .filter(Boolean)
      .join('\n'),
    onPointerEnter: () => onPoint(id),
    onPointerLeave: () => onPoint(null),
    onFocus: () => onPoint(id),
    onBlur: () => onPoint(null),
  }
  const content = (
    <>
      {kind !== 'platform' && <i className={`kind-mark is-${kind === 'pool' ? 'pool' : 'silo'}`} />}
      <span className="node-text">{text}</span>
      {isDown && <span className="is-bad">down</span>}
      <span className="node-rate">{perSecond > 0 ? `${formatRate(perSecond)}/s` : ''}</span>
    </>
  )
  if (tenant) {
    return (
      <a {...props} href={hrefTo('tenants', tenant)}>
        {content}
      </a>
    )
  }
  if (kind === 'folded') {
    return (
      <button type="button" {...props} onClick={onUnfold}>
        {content}
      </button>
    )
  }
  return <div {...props}>{content}</div>
}
