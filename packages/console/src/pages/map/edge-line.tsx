import type { LaidOut } from './lay-out.ts'

interface EdgeLineProps {
  readonly edge: LaidOut['edges'][number]
  readonly isPointed: boolean
}

/** Who calls whom: the more, the wider; what moves shows which way. */
export function EdgeLine({ edge: { path, from, perSecond }, isPointed }: EdgeLineProps) {
  const width = perSecond > 0 ? Math.min(7, 1.25 + Math.log2(1 + perSecond) * 0.8) : 1
  const tone = from === 'relay' ? 'is-event' : 'is-call'
  return (
    <g className={`edge ${tone} ${perSecond > 0 ? 'is-moving' : ''} ${isPointed ? 'is-pointed' : ''}`}>
      <path className="edge-way" d={path} strokeWidth={width} />
      {perSecond > 0 && (
        <path
          className={`edge-flow ${paceOf(perSecond)}`}
          d={path}
          strokeWidth={Math.max(1.5, width * 0.6)}
        />
      )}
    </g>
  )
}

function paceOf(perSecond: number): string {
  if (perSecond >= 50) return 'is-fast'
  return perSecond >= 5 ? 'is-steady' : 'is-slow'
}
