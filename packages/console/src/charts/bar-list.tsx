import type { ReactNode } from 'react'

interface Bar {
  readonly key: string
  readonly name: ReactNode
  readonly value: number
  readonly text: string
}

/** Names with a bar and a figure each, against the largest of them. */
export function BarList({ bars, label }: { bars: readonly Bar[]; label: string }) {
  const max = Math.max(...bars.map(({ value }) => value), 1e-12)
  return (
    <ul className="bar-list" aria-label={label}>
      {bars.map(({ key, name, value, text }) => (
        <li key={key}>
          <span className="bar-name">{name}</span>
          <span className="bar-text">{text}</span>
          <span className="bar-track" aria-hidden="true">
            <span className="bar-fill" style={{ width: `${Math.max(0.5, (value / max) * 100)}%` }} />
          </span>
        </li>
      ))}
    </ul>
  )
}
